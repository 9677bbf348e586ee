import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { withBrowser } from '../http/chromium';
import { HTML, useConsole } from './consoleUnderTest';

/** Entries of an account that is old. */
const MANY = 10_000;

withBrowser('an account on the console', () => {
  const at = useConsole('account/alice', async (client) => {
    await client.post('/account/alice', { body: { currency: 'EUR', overdraftLimit: 50 } });
    await client.post('/account/bob', { body: { currency: 'EUR' } });
    await client.post('/account/alice/deposit/1000', { body: { description: HTML } });
    await client.post('/account/alice/transfer/to/bob/30');
    await client.post('/transfers', {
      body: { origin: 'alice', destination: 'bob', amount: 120, capture: 'manual', expiresInMs: 7_200_000 },
    });
  });

  const section = (name: string) =>
    at.console.page.locator('section.card', { has: at.console.page.getByRole('heading', { name }) });
  const rows = (name: string) => section(name).locator('tbody tr');
  /** Writes the entries from `first` to `last` of an account that has had nothing but deposits of 1. */
  const deposit = (account: string, first: number, last: number) =>
    at.test.service.database.query(
      `insert into journal (account_id, seq, kind, amount, balance_after, held_after, incoming_after, occurred_at)
       select $1, n, 'deposit', 1, n - 1, 0, 0, now() - ($3 - n) * interval '1 ms' from generate_series($2::int, $3::int) n`,
      [account, first, last],
    );

  it('says what makes the available amount differ from the balance', async () => {
    await section('Balances').waitFor();
    expect(await section('Balances').locator('dd').allTextContents()).toEqual(['970 EUR', '50', '120', '900 EUR', '0']);
  });

  it('lists the open holds with their age and their expiry', async () => {
    await rows('Open holds').first().waitFor();
    const cells = await rows('Open holds').first().locator('td').allTextContents();
    expect(cells.slice(1)).toEqual([
      'holds',
      '120',
      'authorized',
      expect.stringMatching(/ (ms|s|min)$/),
      expect.stringMatching(/^in 11[5-9] min$/),
      '',
    ]);
  });

  it('shows the statement with the balance after each entry, its notes as text', async () => {
    await rows('Statement').first().waitFor();
    const cells = await rows('Statement')
      .locator('td:nth-child(3), td:nth-child(4), td:nth-child(5)')
      .allTextContents();
    expect(cells.join('|')).toBe(
      'hold|(120)|970|spend|−30|970|hold|(30)|1\u202f000|deposit|+1\u202f000|1\u202f000|opened||0',
    );
    await section('Statement').getByText(HTML).waitFor();
    expect(await at.console.page.locator('img[src="x"]').count()).toBe(0);
  });

  it('is live', async () => {
    await at.client.post('/account/alice/deposit/7');
    await section('Balances').getByText('977').waitFor();
    await rows('Statement').first().getByText('+7').waitFor();
  });

  it('draws the balance, and says it in words for who cannot see it', async () => {
    const chart = at.console.page.getByRole('img', { name: /^Balance over the last 6 entries: from 0 to 977/ });
    await chart.waitFor();
    expect(await chart.locator('canvas').count()).toBe(1);
  });

  it('gives the whole statement as CSV', async () => {
    const coming = at.console.page.waitForEvent('download');
    await at.console.page.getByRole('link', { name: 'Statement as CSV' }).click();
    const download = await coming;
    expect(download.suggestedFilename()).toBe('alice.csv');
    const lines = readFileSync(await download.path(), 'utf8')
      .trim()
      .split('\n');
    expect(lines[0]).toMatch(/^seq,occurredAt,kind,amount,balanceAfter/);
    expect(lines).toHaveLength(7);
  });

  it('says that there is none of that name', async () => {
    await at.console.goTo('account/missing');
    await at.console.page.getByRole('alert').filter({ hasText: 'account' }).waitFor();
  });

  it('shows ten thousand entries a page at a time', async () => {
    await at.client.post('/account/old');
    await deposit('old', 2, MANY);
    await at.console.goTo('account/old');
    const statement = section('Statement');
    await statement.getByText('Entries 10\u202f000 to 9\u202f951').waitFor();
    for (let page = 1; page <= 10; page += 1) {
      await statement.getByRole('button', { name: 'Older' }).click();
      await statement
        .getByText(
          `Entries ${10 - Math.ceil((page * 50) / 1000)}\u202f${String((10_000 - page * 50) % 1000).padStart(3, '0')}`,
        )
        .waitFor();
      expect(await rows('Statement').count()).toBe(50);
    }
    await statement.getByRole('button', { name: 'Newer' }).click();
    await statement.getByText('Entries 9\u202f550').waitFor();
    await at.console.page.getByRole('img', { name: /^Balance over the last 1\s000 entries/ }).waitFor();
  });

  const chartFrom = (page: Page, balances: string) =>
    page.getByRole('img', { name: `Balance over the last 1\u202f000 entries: from ${balances}` });

  it('reads only new entries, however many came since its last look', async () => {
    const old = await at.test.open('account/old');
    const { page } = old;
    await page.getByText('Entries 10\u202f000 to 9\u202f951').waitFor();
    await chartFrom(page, '9\u202f000 to 9\u202f999').waitFor();
    const asked: string[] = [];
    page.on('request', (request) => {
      if (request.url().includes('/entries')) asked.push(new URL(request.url()).search);
    });
    await deposit('old', MANY + 1, MANY + 300);
    await page.getByText('Entries 10\u202f300 to 10\u202f251').waitFor();
    await chartFrom(page, '9\u202f300 to 10\u202f299').waitFor();
    // A look that was under way as they came may have found none of them, or only a part, and a later one may follow.
    const again = asked.filter((search) => !/^\?limit=200&afterSeq=10[0-3]\d\d(&cursor=.+)?$/.test(search));
    expect(again).toEqual([]);
    expect(asked.length).toBeGreaterThanOrEqual(2);
    expect(old.complaints).toEqual([]);
    await old.close();
  });

  it('has no barriers, light and dark, and fits a telephone', async () => {
    await at.test.expectUsable('account/alice', 'canvas');
  });

  it('leaves nothing for the browser to complain of', () => {
    expect(at.console.complaints).toEqual([]);
  });
});

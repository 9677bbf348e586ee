import { withBrowser } from '../http/chromium';
import type { Client } from '../http/client';
import { type ConsolePage, HTML, startConsole } from './consoleUnderTest';

withBrowser('searching on the console', () => {
  let test: Awaited<ReturnType<typeof startConsole>>;
  let client: Client;
  let console: ConsolePage;
  let paid: string;

  beforeAll(async () => {
    test = await startConsole();
    ({ client } = test.service);
    for (const id of ['alice', 'bob']) await client.post(`/account/${id}`);
    await client.post('/account/alice/deposit/1000');
    const { body } = await client.post('/transfers', {
      body: { origin: 'alice', destination: 'bob', amount: 30, metadata: { order: '4711', note: HTML } },
      headers: { 'idempotency-key': 'rent-may' },
    });
    paid = String(body['id']);
    const own = client.as('alice-token');
    await own.post('/account/alice/transfer/to/bob/5', { headers: { 'idempotency-key': 'rent-may' } });
    console = await test.open();
  });

  afterAll(() => test.stop());

  async function search(text: string): Promise<void> {
    const box = console.page.getByRole('searchbox');
    await box.fill(text);
    await box.press('Enter');
    await console.page.waitForURL(
      ({ hash }) => decodeURIComponent(hash).endsWith(text) || hash.endsWith(text.toLowerCase()),
    );
  }
  const section = (name: string) => console.page.getByRole('region', { name, exact: true }).last();

  it('begins with the box, and shows the latest transfers as they come', async () => {
    await console.until(`document.activeElement.id === 'q'`);
    const latest = console.page.getByRole('table');
    await latest.getByText('alice → bob').first().waitFor();
    const { body } = await client.post('/account/alice/transfer/to/bob/77');
    await console.page.locator(`a[href="#/transfers/${String(body['id'])}"]`).waitFor();
  });

  it('finds a transfer by its id, whatever the case', async () => {
    await search(paid.toUpperCase());
    await console.page.waitForURL(`**#/transfers/${paid}`);
    await console.page.getByRole('heading', { name: 'alice → bob' }).waitFor();
    await console.goTo('');
  });

  it('finds a key in the scope of every caller that chose it', async () => {
    await search('rent-may');
    const found = section('Idempotency key');
    await found.getByText('anonymous').waitFor();
    await found.getByText('alice', { exact: true }).waitFor();
    expect(await found.locator(`a[href="#/transfers/${paid}"]`).count()).toBe(1);
  });

  it('finds an account', async () => {
    await search('bob');
    await section('Account').getByRole('link', { name: 'bob' }).click();
    await console.page.getByRole('heading', { name: 'bob', level: 1 }).waitFor();
    await console.goTo('');
  });

  it.each(['4711', 'order=4711'])('finds a transfer by its metadata, asked for as %s', async (text) => {
    await search(text);
    await section('Transfers by metadata').locator(`a[href="#/transfers/${paid}"]`).waitFor();
  });

  it('says what it looked for when there is nothing', async () => {
    await search('nothing-of-the-kind');
    await console.page.getByText('Nothing is called nothing-of-the-kind.').waitFor();
    await console.page.getByText('No transfer has it in its metadata as note or order.').waitFor();
    await search('order=4712');
    await console.page.getByText('No transfer has order = 4712 in its metadata.').waitFor();
  });

  it('shows what it found above the panel that offers more', async () => {
    await search('bob');
    const panel = await section('In metadata under another name').boundingBox();
    const account = await section('Account').boundingBox();
    expect(panel?.y).toBeGreaterThan(account?.y ?? Number.POSITIVE_INFINITY);
  });

  it('says of an address without a page that there is none', async () => {
    await console.goTo('foo');
    await console.page.getByRole('heading', { name: 'There is no such page' }).waitFor();
    await console.goTo('');
  });

  it('takes a name that is HTML for text', async () => {
    await search(HTML);
    await section('Transfers by metadata').getByText(HTML, { exact: false }).waitFor();
    await search('<b>no</b>');
    await console.page.getByText('Nothing is called <b>no</b>.').waitFor();
    await console.goTo(`transfers/${paid}`);
    await console.page.getByRole('link', { name: HTML }).waitFor();
    await console.until(`document.title === 'alice → bob · Tandem'`);
    expect(await console.page.locator('img[src="x"]').count()).toBe(0);
    await console.goTo('');
  });

  it('asks for the name of metadata that no recent transfer has, and finds a value under it', async () => {
    const { body } = await client.post('/transfers', {
      body: { origin: 'alice', destination: 'bob', amount: 1, metadata: { crate: 'C-17' } },
    });
    const several = Array.from({ length: 100 }, (_, n) => ({
      idempotencyKey: `later-${n}`,
      origin: 'alice',
      destination: 'bob',
      amount: 1,
      metadata: { order: 'later' },
    }));
    await client.post('/transfers/batch', { body: { transfers: several } });
    await search('C-17');
    await console.page.getByText('Nothing is called C-17.').waitFor();
    await section('In metadata under another name').getByRole('textbox', { name: 'Name' }).fill('crate');
    expect(await console.barriers()).toEqual([]);
    await console.page.getByRole('button', { name: 'Search for this name' }).click();
    await section('Transfers by metadata')
      .locator(`a[href="#/transfers/${String(body['id'])}"]`)
      .waitFor();
  });

  it('works when name and password stand in the address', async () => {
    const { url } = test.service.client;
    const opened = await test.browser.newContext();
    const page = await opened.newPage();
    await page.goto(`${url.replace('http://', 'http://me:admin-token@')}/console#/account/alice`);
    await page.getByRole('heading', { name: 'alice' }).waitFor();
    await page.getByText('Available', { exact: false }).first().waitFor();
    await opened.close();
  });

  it('is worked with the keyboard alone', async () => {
    const other = await test.open('stuck');
    const { page } = other;
    await page.keyboard.press('Tab');
    await other.until(`document.activeElement.textContent === 'To the content'`);
    await page.keyboard.press('Enter');
    await other.until(`document.activeElement.id === 'main'`);
    await page.getByRole('link', { name: 'Search' }).press('Enter');
    await other.until(`document.activeElement.id === 'q'`);
    await page.keyboard.type('bob');
    await page.keyboard.press('Enter');
    await page.getByRole('region', { name: 'Account' }).first().waitFor();
    await other.close();
  });

  it('has no barriers, light and dark, and fits a telephone', async () => {
    await test.expectUsable('?q=rent-may', 'table');
  });

  it('leaves nothing for the browser to complain of', () => {
    expect(console.complaints).toEqual([]);
  });
});

import { eventually } from '../../stress/infra/wait';
import { withBrowser } from '../http/chromium';
import type { Client } from '../http/client';
import { type ConsolePage, HTML, startConsole, storeTransfer } from './consoleUnderTest';

withBrowser('what is stuck, on the console', () => {
  let test: Awaited<ReturnType<typeof startConsole>>;
  let client: Client;
  let console: ConsolePage;

  beforeAll(async () => {
    test = await startConsole();
    ({ client } = test.service);
    for (const id of ['alice', 'bob']) await client.post(`/account/${id}`);
    await client.post('/account/alice/deposit/1000000');
    console = await test.open('stuck');
  }, 60_000);

  afterAll(() => test.stop());

  const cause = (name: string) => console.page.locator('section.card', { hasText: name });
  const failed = (error: string) => storeTransfer(test.service, { status: 'failed', error });

  async function untilCommitted(ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      await eventually(
        'it is committed',
        async () => ((await client.get(`/transfers/${id}`)).body['status'] === 'committed' ? true : undefined),
        { deadlineMs: 15_000 },
      );
    }
  }

  it('says that nothing is', async () => {
    await console.page.getByText('Nothing is stuck.').waitFor();
  });

  it('groups by cause, resumes one, and leaves the others', async () => {
    const [one, other, third] = [
      await failed('the shelf is gone'),
      await failed('the shelf is gone'),
      await failed(HTML),
    ];
    await cause('Failed: the shelf is gone').getByText('2 transfers').waitFor();
    await cause(`Failed: ${HTML}`).getByText('1 transfer').waitFor();
    await console.page.getByRole('button', { name: `Resume ${one}` }).click();
    await console.confirm('Resume');
    await untilCommitted([one]);
    await cause('Failed: the shelf is gone').getByText('1 transfer').waitFor();
    expect((await client.get(`/transfers/${other}`)).body['status']).toBe('failed');
    expect((await client.get(`/transfers/${third}`)).body['status']).toBe('failed');
    expect(await console.page.locator('img[src="x"]').count()).toBe(0);
    expect(await console.barriers()).toEqual([]);
  });

  it('resumes all of one cause, also those on pages that were not opened', async () => {
    const ids = [];
    for (let n = 0; n < 103; n += 1) ids.push(await failed('the shelf is gone'));
    const group = cause('Failed: the shelf is gone');
    await console.page.getByText('on page 1').waitFor();
    await console.page.getByRole('button', { name: 'Next' }).click();
    await console.page.getByText('on page 2').waitFor();
    await console.page.getByRole('button', { name: 'Before' }).click();
    await console.page.getByText('on page 1').waitFor();
    await group.getByRole('button', { name: 'Resume all' }).click();
    await console.confirm('Resume all');
    await untilCommitted(ids);
    await group.waitFor({ state: 'detached' });
    await cause(`Failed: ${HTML}`).waitFor();
  }, 60_000);

  it('finds what is only late, with an age that is chosen', async () => {
    const id = await storeTransfer(test.service, { ageMs: 60_000 });
    await storeTransfer(test.service, { ageMs: 10_000 });
    await cause('Still preparing').getByText('1 transfer').waitFor();
    await console.page.getByRole('combobox', { name: 'Unfinished after' }).selectOption('5 seconds');
    await cause('Still preparing').getByText('2 transfers').waitFor();
    await console.page.locator(`a[href="#/transfers/${id}"]`).click();
    await console.page.getByRole('heading', { name: 'alice → bob' }).waitFor();
  });

  it('leaves nothing for the browser to complain of', () => {
    expect(console.complaints).toEqual([]);
  });
});

import { withBrowser } from '../http/chromium';
import { eventually } from '../kit/wait';
import { HTML, storeTransfer, useConsole } from './consoleUnderTest';

withBrowser('what is stuck, on the console', () => {
  const at = useConsole('stuck', async (client) => {
    for (const id of ['alice', 'bob']) await client.post(`/account/${id}`);
    await client.post('/account/alice/deposit/1000000');
  });

  const cause = (name: string) => at.console.page.locator('section.card', { hasText: name });
  const failed = (error: string) => storeTransfer(at.test.service, { status: 'failed', error });

  async function untilCommitted(ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      await eventually(
        'it is committed',
        async () => ((await at.client.get(`/transfers/${id}`)).body['status'] === 'committed' ? true : undefined),
        { deadlineMs: 60_000 },
      );
    }
  }

  it('says that nothing is', async () => {
    await at.console.page.getByText('Nothing is stuck.').waitFor();
  });

  it('groups by cause, resumes one, and leaves the others', async () => {
    const [one, other, third] = [
      await failed('the shelf is gone'),
      await failed('the shelf is gone'),
      await failed(HTML),
    ];
    await cause('Failed: the shelf is gone').getByText('2 transfers').waitFor();
    await cause(`Failed: ${HTML}`).getByText('1 transfer').waitFor();
    await at.console.page.getByRole('button', { name: `Resume ${one}` }).click();
    await at.console.confirm('Resume');
    await untilCommitted([one]);
    await cause('Failed: the shelf is gone').getByText('1 transfer').waitFor();
    expect((await at.client.get(`/transfers/${other}`)).body['status']).toBe('failed');
    expect((await at.client.get(`/transfers/${third}`)).body['status']).toBe('failed');
    expect(await at.console.page.locator('img[src="x"]').count()).toBe(0);
    expect(await at.console.barriers()).toEqual([]);
  });

  it('resumes all of one cause, also those on pages that were not opened', async () => {
    const ids = [];
    for (let n = 0; n < 103; n += 1) ids.push(await failed('the shelf is gone'));
    const group = cause('Failed: the shelf is gone');
    await at.console.page.getByText('on page 1').waitFor();
    await at.console.page.getByRole('button', { name: 'Next' }).click();
    await at.console.page.getByText('on page 2').waitFor();
    await at.console.page.getByRole('button', { name: 'Before' }).click();
    await at.console.page.getByText('on page 1').waitFor();
    await group.getByRole('button', { name: 'Resume all' }).click();
    await at.console.confirm('Resume all');
    await untilCommitted(ids);
    await group.waitFor({ state: 'detached' });
    await cause(`Failed: ${HTML}`).waitFor();
  });

  it('finds what is only late, with an age that is chosen', async () => {
    const id = await storeTransfer(at.test.service, { ageMs: 60_000 });
    await storeTransfer(at.test.service, { ageMs: 10_000 });
    await cause('Still preparing').getByText('1 transfer').waitFor();
    await at.console.page.getByRole('combobox', { name: 'Unfinished after' }).selectOption('5 seconds');
    await cause('Still preparing').getByText('2 transfers').waitFor();
    await at.console.page.locator(`a[href="#/transfers/${id}"]`).click();
    await at.console.page.getByRole('heading', { name: 'alice → bob' }).waitFor();
  });

  it('leaves nothing for the browser to complain of', () => {
    expect(at.console.complaints).toEqual([]);
  });
});

import { withBrowser } from '../http/chromium';
import { eventually } from '../kit/wait';
import { storeTransfer, useConsole } from './consoleUnderTest';

withBrowser('a transfer on the console', () => {
  const at = useConsole('', async (client) => {
    for (const id of ['alice', 'bob']) await client.post(`/account/${id}`);
    await client.post('/account/alice/deposit/100000');
  });

  async function show(id: string): Promise<void> {
    await at.console.goTo(`transfers/${id}`);
    await sentence().waitFor();
  }

  const verbs = () => at.console.page.locator('.hero .buttons button').allTextContents();
  /** The status may be on the page a moment before what can be done about it, and a question after it is answered. */
  const untilVerbs = (...wanted: readonly string[]) =>
    eventually(`${wanted.join()} are offered`, async () => (await verbs()).join() === wanted.join() || undefined, {
      deadlineMs: 60_000,
    });
  const button = (name: string) => at.console.page.locator('.hero').getByRole('button', { name });
  const sentence = () => at.console.page.locator('.sentence');
  const statusIs = (status: string) => at.console.page.locator('.hero .status', { hasText: status }).waitFor();

  async function authorize(amount = 120): Promise<string> {
    const { body } = await at.client.post('/transfers', {
      body: { origin: 'alice', destination: 'bob', amount, capture: 'manual', metadata: { order: '1' } },
    });
    return String(body['id']);
  }

  it('shows every phase that a committed one went through, and leaves nothing to do', async () => {
    const { body } = await at.client.post('/account/alice/transfer/to/bob/30');
    await show(String(body['id']));
    await statusIs('committed');
    await untilVerbs();
    expect(await sentence().textContent()).toMatch(/^Committed .* after it was asked for: every branch has confirmed/);
    const lanes = at.console.page.locator('table.lanes tbody tr');
    expect(await lanes.nth(0).locator('td').allTextContents()).toEqual(['votes commit', 'spent 30', 'committed']);
    expect(await lanes.nth(1).locator('td').allTextContents()).toEqual(['votes commit', 'received 30', 'committed']);
  });

  it('says of a refused one who refused, and what was missing', async () => {
    const { body } = await at.client.post('/account/bob/transfer/to/alice/99000');
    await show(String(body['transferId']));
    await statusIs('aborted');
    expect(await sentence().textContent()).toMatch(/no money moved: bob has 98\u202f\d{3} too little/);
  });

  it('offers to capture or void what is authorized, and captures a part of it', async () => {
    const id = await authorize();
    await show(id);
    await statusIs('authorized');
    await untilVerbs('Capture…', 'Void…');
    expect(await sentence().textContent()).toMatch(/waits for a capture or a void .* in 6 d/);
    await button('Capture').click();
    await at.console.page.getByRole('spinbutton', { name: 'Amount' }).fill('20');
    await at.console.confirm('Capture');
    await statusIs('committed');
    expect((await at.client.get(`/transfers/${id}`)).body).toMatchObject({ status: 'committed', amountCaptured: 20 });
    expect(await at.console.page.locator('table.lanes tbody tr').first().textContent()).toContain('spent 20');
    await untilVerbs();
  });

  it('voids what is authorized, with the reason that was given', async () => {
    const id = await authorize();
    await show(id);
    await button('Void').click();
    await at.console.page.getByRole('textbox', { name: 'Reason' }).fill('the guest did not come');
    await at.console.confirm('Void');
    await statusIs('aborted');
    expect(await sentence().textContent()).toContain('it was voided: the guest did not come');
  });

  it('does nothing when the question is cancelled, and gives the focus back', async () => {
    const id = await authorize();
    await show(id);
    await button('Void').click();
    await at.console.page.getByRole('dialog').waitFor();
    await at.console.page.keyboard.press('Escape');
    await at.console.page.getByRole('dialog').waitFor({ state: 'detached' });
    await at.console.until(`document.activeElement.textContent === 'Void…'`);
    expect((await at.client.get(`/transfers/${id}`)).body['status']).toBe('authorized');
  });

  it('tells in the question why the service refused', async () => {
    const id = await authorize();
    await show(id);
    await button('Capture').click();
    await at.client.post(`/transfers/${id}/void`);
    await at.console.page.getByRole('dialog').getByRole('button', { name: 'Capture', exact: true }).click();
    await at.console.page.getByRole('dialog').getByRole('alert').waitFor();
    await at.console.page.keyboard.press('Escape');
    await statusIs('aborted');
  });

  it('aborts what is not decided', async () => {
    const id = await storeTransfer(at.test.service);
    await show(id);
    await untilVerbs('Abort…', 'Resume…');
    expect(await sentence().textContent()).toMatch(/^Not decided: it waits for the vote of alice and bob\./);
    await button('Abort').click();
    await at.console.confirm('Abort');
    await statusIs('aborted');
  });

  it('resumes a transfer that has no driver, and follows it to its end by itself', async () => {
    const id = await storeTransfer(at.test.service, { amount: 3 });
    await show(id);
    await button('Resume').click();
    await at.console.confirm('Resume');
    await statusIs('committed');
    await untilVerbs();
  });

  it('resumes what has failed, and says what it stopped on', async () => {
    const id = await storeTransfer(at.test.service, { status: 'failed', error: 'the branch is broken', amount: 4 });
    await show(id);
    await statusIs('failed');
    expect(await sentence().textContent()).toContain(
      '(bob: the branch is broken). An operator has to remove its cause',
    );
    await untilVerbs('Resume…');
    await button('Resume').click();
    await at.console.confirm('Resume');
    await statusIs('committed');
  });

  it('follows what others do to it', async () => {
    const id = await authorize();
    await show(id);
    await statusIs('authorized');
    await at.client.post(`/transfers/${id}/capture`);
    await statusIs('committed');
  });

  it('says that there is none', async () => {
    await at.console.goTo('transfers/01900000-0000-7000-8000-000000000000');
    await at.console.page.getByRole('alert').filter({ hasText: 'transfer' }).waitFor();
  });

  it('has no barriers, light and dark, with a question open too, and fits a telephone', async () => {
    const id = await authorize();
    for (const colorScheme of ['light', 'dark'] as const) {
      const small = await at.test.open(`transfers/${id}`, { colorScheme, viewport: { width: 390, height: 844 } });
      await small.page.locator('table.lanes').waitFor();
      expect(await small.barriers()).toEqual([]);
      expect(await small.widerThanTheWindow()).toEqual([]);
      await small.page.getByRole('button', { name: 'Void…' }).click();
      expect(await small.barriers()).toEqual([]);
      await small.close();
    }
  });

  it('leaves nothing for the browser to complain of', () => {
    expect(at.console.complaints).toEqual([]);
  });
});

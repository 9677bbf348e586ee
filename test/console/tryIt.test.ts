import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withBrowser } from '../http/chromium';
import { ParticipantServer, SECRET, stopAll } from '../participants/participantServer';
import { type ConsolePage, startConsole } from './consoleUnderTest';

withBrowser('trying the protocol on the console', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tandem-console-'));
  let test: Awaited<ReturnType<typeof startConsole>>;
  let isOn = true;
  let console: ConsolePage;

  beforeAll(async () => {
    const stock = await ParticipantServer.start((response) => response.writeHead(isOn ? 200 : 503).end());
    const file = join(folder, 'participants.json');
    writeFileSync(file, JSON.stringify({ stock: { url: stock.url, secrets: [SECRET] } }));
    test = await startConsole({ PARTICIPANTS_FILE: file });
    console = await test.open('try');
  });

  afterAll(async () => {
    await test.stop();
    await stopAll();
    rmSync(folder, { recursive: true });
  });

  const ask = (name: string) => console.page.getByRole('button', { name }).click();
  const watched = () => console.page.locator('section.card', { hasText: 'What happens' });
  const statusIs = (status: string) => watched().locator('.status', { hasText: status }).waitFor();

  it('opens the accounts it needs, and shows a transfer go through its phases', async () => {
    await ask('Transfer 30');
    await statusIs('committed');
    await watched().getByText('spent 30').waitFor();
    await watched().getByText('received 30').waitFor();
  });

  it('stops an authorization between its phases, to be captured', async () => {
    await ask('Authorize 120');
    await statusIs('authorized');
    await watched().getByText('holds 120').waitFor();
    await watched().getByRole('button', { name: 'Capture…' }).click();
    await console.confirm('Capture');
    await statusIs('committed');
  });

  it('shows who refuses', async () => {
    await ask('Transfer too much');
    await statusIs('aborted');
    await watched().getByText('votes abort').waitFor();
  });

  it('pays in two parts', async () => {
    await ask('Pay 119 in two parts');
    await watched().getByText('spent 119').waitFor();
  });

  it('waits for a participant that is switched off, and goes on when it is there again', async () => {
    isOn = false;
    await ask('Transfer 5 with stock');
    await statusIs('preparing');
    await watched()
      .getByText(/no answer to \d+ calls?, next/)
      .waitFor();
    expect(await console.barriers()).toEqual([]);
    isOn = true;
    await watched().locator('.status', { hasText: 'committed' }).waitFor({ timeout: 60_000 });
  });

  it('has a participant of its own, which refuses when it is asked to', async () => {
    await ask('Let it refuse');
    await statusIs('aborted');
    await watched().getByText('demo/demo-').first().waitFor();
    await watched()
      .getByText(/asked-to-refuse|The payload asks it to refuse/)
      .first()
      .waitFor();
  });

  it('switches its participant off, waits for it, and goes on when it is switched on again', async () => {
    await ask('Switch it off');
    await console.page.getByText('is switched off.').waitFor();
    await ask('Transfer 5 with demo');
    await statusIs('preparing');
    await watched()
      .getByText(/no answer to \d+ calls?, next/)
      .waitFor();
    expect(await console.barriers()).toEqual([]);
    await ask('Switch it on');
    await console.page.getByText('demo answers.').waitFor();
    await watched().locator('.status', { hasText: 'committed' }).waitFor({ timeout: 60_000 });
  });

  it('says the line for the shell that does the same', async () => {
    await console.page.getByText('As a line for the shell').first().click();
    await console.page.getByText(`-d '{"origin":"demo-payer","destination":"demo-shop","amount":30}'`).waitFor();
  });

  it('is there only where every caller is served', async () => {
    const closed = await startConsole({ AUTH_TOKENS: 'admin-token=root:admin' });
    try {
      const page = await closed.open('try');
      await page.page.getByRole('heading', { name: 'There is no such page' }).waitFor();
      expect(await page.page.getByRole('link', { name: 'Try it' }).count()).toBe(0);
      expect(
        await page.page.evaluate(`fetch('/console/demo/off', { method: 'POST' }).then(({ status }) => status)`),
      ).toBe(405);
      expect(page.complaints).toEqual([]);
    } finally {
      await closed.stop();
    }
  });

  it('fits a telephone, light and dark, and leaves nothing for the browser to complain of', async () => {
    await test.expectUsable('try', '.step');
    expect(console.complaints).toEqual([]);
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withBrowser } from '../http/chromium';
import type { Client } from '../http/client';
import { eventually } from '../kit/wait';
import { ParticipantServer, SECRET, stopAll } from '../participants/participantServer';
import { type ConsolePage, startConsole } from './consoleUnderTest';

/** What the participant answers to a call of this kind: nothing that counts, a promise kept, or a promise broken. */
type Manner = 'away' | 'well' | 'breaks its promise';
const STATUS: Readonly<Record<Manner, number>> = { away: 503, well: 204, 'breaks its promise': 409 };

withBrowser('a branch whose participant is gone, on the console', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tandem-console-'));
  const manners: Record<string, Manner> = { prepare: 'well', commit: 'away', abort: 'well' };
  let test: Awaited<ReturnType<typeof startConsole>>;
  let client: Client;
  let console: ConsolePage;

  beforeAll(async () => {
    const stock = await ParticipantServer.start((response, { url = '' }) => {
      const status = STATUS[manners[url.slice(url.lastIndexOf('/') + 1)] ?? 'away'];
      response.writeHead(status, { 'content-type': 'application/problem+json' });
      response.end(status === 409 ? '{"code":"aborted"}' : undefined);
    });
    const file = join(folder, 'participants.json');
    writeFileSync(file, JSON.stringify({ stock: { url: stock.url, secrets: [SECRET] } }));
    test = await startConsole({ PARTICIPANTS_FILE: file });
    ({ client } = test.service);
    for (const id of ['alice', 'bob']) await client.post(`/account/${id}`);
    await client.post('/account/alice/deposit/1000');
    console = await test.open();
  });

  afterAll(async () => {
    await test.stop();
    await stopAll();
    rmSync(folder, { recursive: true });
  });

  const hero = () => console.page.locator('.hero');
  const verbs = () => hero().locator('.buttons button').allTextContents();
  /** The status may be on the page a moment before what can be done about it. */
  const untilVerbs = (...wanted: readonly string[]) =>
    eventually(`${wanted.join()} are offered`, async () => (await verbs()).join() === wanted.join() || undefined, {
      deadlineMs: 60_000,
    });
  const dialog = () => console.page.getByRole('dialog');

  async function show(branch: string, status: string): Promise<string> {
    const { body } = await client.post('/transfers', {
      body: {
        origin: 'alice',
        destination: 'bob',
        amount: 5,
        participants: [{ participant: 'stock', branch, payload: {} }],
        timeoutMs: 60_000,
      },
      headers: { prefer: 'respond-async' },
    });
    const id = String(body['id'] ?? body['transferId']);
    await console.goTo(`transfers/${id}`);
    await hero().locator('.status', { hasText: status }).waitFor();
    return id;
  }

  it('cannot be settled before the decision', async () => {
    manners['prepare'] = 'away';
    const id = await show('order-1', 'preparing');
    await console.page.getByRole('region', { name: 'Calls without an answer' }).waitFor();
    await untilVerbs('Abort…', 'Resume…');
    await client.post(`/transfers/${id}/abort`);
    manners['prepare'] = 'well';
  });

  it('is settled with what the participant did and a note, and the transfer ends', async () => {
    const id = await show('order-2', 'committing');
    await hero().getByRole('button', { name: 'Settle…' }).click();
    expect(await console.barriers()).toEqual([]);
    await dialog().getByRole('button', { name: 'Settle', exact: true }).click();
    await console.until(`document.querySelector('dialog select[name=as]:invalid') !== null`);
    await dialog()
      .getByRole('combobox', { name: 'What the participant did with its part' })
      .selectOption('It committed');
    await dialog().getByRole('textbox', { name: 'Note' }).fill('the shelf was counted');
    await console.confirm('Settle');
    await hero().locator('.status', { hasText: 'committed' }).waitFor();
    await console.page.getByText('settled by hand as committed').waitFor();
    const { history } = (await client.get(`/transfers/${id}`)).body;
    expect(JSON.stringify(history)).toContain('the shelf was counted');
  });

  it('is settled too where the participant has broken its promise', async () => {
    manners['commit'] = 'breaks its promise';
    await show('order-3', 'failed');
    await untilVerbs('Resume…', 'Settle…');
    await hero().getByRole('button', { name: 'Settle…' }).click();
    await dialog().getByRole('combobox', { name: 'What the participant did with its part' }).selectOption('It aborted');
    await dialog().getByRole('textbox', { name: 'Note' }).fill('nothing was sent');
    await console.confirm('Settle');
    await hero().locator('.status', { hasText: 'committed' }).waitFor();
    await untilVerbs();
    expect(console.complaints).toEqual([]);
  });
});

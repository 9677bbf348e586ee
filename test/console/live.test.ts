import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withBrowser } from '../http/chromium';
import type { Client } from '../http/client';
import { ParticipantServer, SECRET, stopAll } from '../participants/participantServer';
import { type ConsolePage, startConsole } from './consoleUnderTest';

withBrowser('the service as it does now, on the console', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tandem-console-'));
  let test: Awaited<ReturnType<typeof startConsole>>;
  let stock: ParticipantServer;
  let isOpen = true;
  let client: Client;
  let console: ConsolePage;

  beforeAll(async () => {
    stock = await ParticipantServer.start((response) => response.writeHead(isOpen ? 200 : 500).end());
    const file = join(folder, 'participants.json');
    writeFileSync(file, JSON.stringify({ stock: { url: stock.url, secrets: [SECRET] } }));
    test = await startConsole({ PARTICIPANTS_FILE: file });
    ({ client } = test.service);
    for (const id of ['alice', 'bob']) await client.post(`/account/${id}`);
    await client.post('/account/alice/deposit/1000');
    console = await test.open('live');
  });

  afterAll(async () => {
    await test.stop();
    await stopAll();
    rmSync(folder, { recursive: true });
  });

  const section = (name: string) =>
    console.page.locator('section.card', { has: console.page.getByRole('heading', { name }) });
  const tile = (name: string) => console.page.locator('.tile', { hasText: name }).locator('.tile-value');
  const order = (branch: string) => ({
    origin: 'alice',
    destination: 'bob',
    amount: 1,
    participants: [{ participant: 'stock', branch }],
  });

  it('says that PostgreSQL, the queue and the runner of jobs are there', async () => {
    for (const name of ['PostgreSQL', 'Job queue', 'Jobs']) {
      await section('Health').locator('.check-ok', { hasText: name }).waitFor();
    }
    expect(await section('Health').locator('.check-bad').count()).toBe(0);
  });

  it('counts transfers as they come, and refusals by their reason', async () => {
    for (let n = 0; n < 10; n += 1) await client.post('/account/alice/transfer/to/bob/1');
    await client.post('/account/alice/transfer/to/bob/99999');
    await section('Refusals by reason').getByText('insufficient-funds').waitFor();
    await console.page
      .locator('.tile', { hasText: 'Committed a second' })
      .getByText(/^[1-9]|^0\.[1-9]/)
      .waitFor();
    await console.page
      .getByRole('img', { name: /^Transfers a second now: committed / })
      .locator('canvas')
      .waitFor();
  });

  it('counts what is authorized', async () => {
    await client.post('/transfers', { body: { origin: 'alice', destination: 'bob', amount: 2, capture: 'manual' } });
    await tile('Authorized').getByText('1', { exact: true }).waitFor();
  });

  it('tells of each participant whether it answers, and what waits for it', async () => {
    expect((await client.post('/transfers', { body: order('first') })).status).toBe(200);
    await section('Participants').getByText('answers', { exact: true }).waitFor();
    isOpen = false;
    const { body } = await client.post('/transfers', {
      body: { ...order('second'), timeoutMs: 60_000 },
      headers: { prefer: 'respond-async' },
    });
    const id = String(body['id']);
    await section('Participants').locator(`a[href="#/transfers/${id}"]`).waitFor();
    await section('Participants').getByText('answered 500').waitFor();
    await section('Participants').locator(`a[href="#/transfers/${id}"]`).click();
    const calls = console.page.getByRole('region', { name: 'Calls without an answer' }).last();
    await calls.getByText('stock/second').waitFor();
    await console.page
      .getByText(/waits for the vote of .*stock\/second \((asked again in|being asked again now)/)
      .waitFor();
    expect(await console.barriers()).toEqual([]);
    isOpen = true;
    await console.page.locator('.hero .status', { hasText: 'committed' }).waitFor({ timeout: 60_000 });
  });

  it('has no barriers, light and dark, and fits a telephone', async () => {
    await test.expectUsable('live', 'canvas');
  });

  it('leaves nothing for the browser to complain of', () => {
    expect(console.complaints).toEqual([]);
  });
});

import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { postgresBackend } from '../../src/adapters/bullmq/backend';
import { launch, withBrowser } from '../http/chromium';
import { WholeService } from '../http/serviceHarness';
import { eventually } from '../kit/wait';
import { ParticipantServer, SECRET, stopAll } from '../participants/participantServer';
import { MemoryLog } from '../support/memoryLog';

const run = promisify(execFile);
const README = readFileSync(join(__dirname, '../../README.md'), 'utf8');
/** Sweeps after which a reader has long opened the dashboard. */
const SWEEPS = 15;
/** Enough for a line that is more than a few steps. */
const PAYMENTS = 40;
/** The folder to put the pictures of the README in; `npm run screenshots` does. */
const FOLDER = process.env['SCREENSHOTS'];

/** The lines that the README has a reader type first. */
function firstLines(): string {
  const [section = ''] = README.split('\n## Run it\n')[1]?.split('\n## ') ?? [];
  const blocks = [...section.matchAll(/```sh\n(.*?)```/gs)].map(([, block = '']) => block);
  return blocks.filter((block) => block.includes('curl ')).join('');
}

withBrowser('the pictures in the README show what a reader sees who does what it says', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tandem-pictures-'));
  let service: WholeService;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    const stock = await ParticipantServer.start((response) => response.writeHead(503).end());
    const file = join(folder, 'participants.json');
    writeFileSync(file, JSON.stringify({ stock: { url: stock.url, secrets: [SECRET] } }));
    service = await WholeService.start({ SWEEP_EVERY_MS: '100', PARTICIPANTS_FILE: file });
    browser = await launch();
    const context = await browser.newContext({
      viewport: { width: 1280, height: 800 },
      timezoneId: 'UTC',
      httpCredentials: { username: 'me', password: 'admin-token' },
    });
    page = await context.newPage();
    page.setDefaultTimeout(10_000);
  }, 60_000);

  afterAll(async () => {
    await browser.close();
    await service.stop();
    await stopAll();
    rmSync(folder, { recursive: true });
  });

  async function keep(name: string): Promise<void> {
    if (FOLDER !== undefined) await page.screenshot({ path: join(FOLDER, name) });
  }

  /** The number of the job that drove a transfer, when many sweeps have run since. */
  async function jobOf(id: string): Promise<string> {
    const backend = postgresBackend(service.database.url, new MemoryLog());
    const iterations = async () => (await backend.queue.getJobScheduler('sweep'))?.iterationCount ?? 0;
    const before = await iterations();
    await eventually('sweeps pass', async () => ((await iterations()) >= before + SWEEPS ? true : undefined), {
      deadlineMs: 20_000,
    });
    const jobs = await backend.queue.getJobs(['completed']);
    await backend.close();
    const job = jobs.find(({ data }) => 'transactions' in data && data.transactions.includes(id));
    return job?.id ?? 'gone';
  }

  it.each(['api-docs', 'dashboard', 'console-transfer', 'console-account'])('names the picture %s', (name) => {
    expect(README).toContain(`](docs/${name}.png)`);
  });

  it('on the dashboard: the job of the first transfer, however much later', async () => {
    const { client } = service;
    const lines = firstLines().replaceAll('http://127.0.0.1:3000', client.url).replaceAll('curl ', 'curl -s ');
    await run('sh', ['-ec', lines]);
    expect((await client.get('/account/alice/balance')).body).toMatchObject({ balance: 70, held: 0 });
    const { body } = await client.get('/transfers?status=committed');
    const id = String((body['items'] as { id: string }[])[0]?.id);
    const job = await jobOf(id);
    await page.goto(`${client.url}/admin/queues`);
    await page.getByRole('link', { name: 'coordinator' }).first().click();
    await page.waitForURL('**/queue/coordinator**');
    await page.goto(`${client.url}/admin/queues/queue/coordinator/${job}?status=completed`);
    await page.getByText(id).waitFor();
    await page.getByText('committed').waitFor();
    await keep('dashboard.png');
  }, 60_000);

  it('on the console: a transfer that waits for a participant, and what it waits for', async () => {
    const { body } = await service.client.post('/transfers', {
      body: {
        origin: 'alice',
        destination: 'bob',
        amount: 25,
        metadata: { order: '4711' },
        timeoutMs: 600_000,
        participants: [{ participant: 'stock', branch: 'order-4711', payload: { item: 'book', quantity: 1 } }],
      },
      headers: { prefer: 'respond-async' },
    });
    await page.goto(`${service.client.url}/console#/transfers/${String(body['id'])}`);
    await page.getByText(/it waits for the vote of stock\/order-4711/).waitFor();
    await page.getByText('answered 503').waitFor();
    await keep('console-transfer.png');
    await service.client.post(`/transfers/${String(body['id'])}/abort`);
  }, 60_000);

  it('on the console: an account with its balance over time', async () => {
    const { client } = service;
    await client.post('/account/carol', { body: { currency: 'EUR' } });
    await client.post('/account/shop', { body: { currency: 'EUR' } });
    for (let n = 0; n < PAYMENTS; n += 1) {
      await client.post(`/account/carol/deposit/${400 + ((n * 37) % 90)}`);
      await client.post(`/account/carol/transfer/to/shop/${150 + ((n * 211) % 420)}`);
    }
    await client.post('/transfers', { body: { origin: 'carol', destination: 'shop', amount: 120, capture: 'manual' } });
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.goto(`${client.url}/console#/account/carol`);
    await page
      .getByRole('img', { name: /^Balance over the last/ })
      .locator('canvas')
      .waitFor();
    await page.getByText('in 6 d').waitFor();
    await keep('console-account.png');
    await page.emulateMedia({ colorScheme: null });
  }, 60_000);

  it('of the API: the operations with a line for the shell', async () => {
    await page.goto(`${service.client.url}/docs`);
    await page.click('#transfer summary');
    await page.locator('#transfer .curl').scrollIntoViewIfNeeded();
    await page.evaluate('scrollTo(0, document.querySelector("#transfers").offsetTop - 16)');
    expect(await page.locator('#transfer .curl').textContent()).toContain('/account/alice/transfer/to/bob/30');
    await keep('api-docs.png');
  });
});

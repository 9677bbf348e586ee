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
    service = await WholeService.start({ PARTICIPANTS_FILE: file });
    browser = await launch();
    const context = await browser.newContext({
      viewport: { width: 1280, height: 800 },
      timezoneId: 'UTC',
      httpCredentials: { username: 'me', password: 'admin-token' },
    });
    page = await context.newPage();
    page.setDefaultTimeout(60_000);
  });

  afterAll(async () => {
    await browser.close();
    await service.stop();
    await stopAll();
    rmSync(folder, { recursive: true });
  });

  async function keep(name: string): Promise<void> {
    if (FOLDER !== undefined) await page.screenshot({ path: join(FOLDER, name) });
  }

  /** The delayed job that asks a branch of the transfer again, once there is time to look at it. */
  async function jobOf(id: string): Promise<string> {
    const backend = postgresBackend(service.database.url, new MemoryLog());
    const find = async () => {
      const jobs = await backend.queue.getJobs(['delayed']);
      const isOf = ({ data }: (typeof jobs)[number]) =>
        'branch' in data && data.transaction === id && Date.parse(data.nextAt) > Date.now() + 6_000;
      return jobs.find(isOf)?.id;
    };
    const job = await eventually('a job asks again', find, { deadlineMs: 60_000 });
    await backend.close();
    return job;
  }

  it.each(['api-docs', 'dashboard', 'console-transfer', 'console-account'])('names the picture %s', (name) => {
    expect(README).toContain(`](docs/${name}.png)`);
  });

  it('after the first lines, which move the money that they say', async () => {
    const { client } = service;
    const lines = firstLines().replaceAll('http://127.0.0.1:3000', client.url).replaceAll('curl ', 'curl -s ');
    await run('sh', ['-ec', lines]);
    expect((await client.get('/account/alice/balance')).body).toMatchObject({ balance: 70, held: 0 });
  });

  it('on the console and the dashboard: a transfer that waits for a participant, what it waits for and when it is asked again', async () => {
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
    const id = String(body['id']);
    await page.goto(`${service.client.url}/console#/transfers/${id}`);
    await page.getByText(/it waits for the vote of stock\/order-4711/).waitFor();
    await page.getByText('answered 503').waitFor();
    await keep('console-transfer.png');

    // The same transfer on the dashboard of the queue: the job that asks the branch again.
    const job = await jobOf(id);
    await page.goto(`${service.client.url}/admin/queues`);
    await page.getByRole('link', { name: 'coordinator' }).first().click();
    await page.waitForURL('**/queue/coordinator**');
    await page.goto(`${service.client.url}/admin/queues/queue/coordinator/${job}?status=delayed`);
    await page.getByText(`"${id}"`).waitFor();
    await page.getByText('answered 503').first().waitFor();
    await keep('dashboard.png');
    await service.client.post(`/transfers/${id}/abort`);
  });

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
  });

  it('of the API: the operations with a line for the shell', async () => {
    await page.goto(`${service.client.url}/docs`);
    await page.click('#transfer summary');
    await page.locator('#transfer .curl').scrollIntoViewIfNeeded();
    await page.evaluate('scrollTo(0, document.querySelector("#transfers").offsetTop - 16)');
    expect(await page.locator('#transfer .curl').textContent()).toContain('/account/alice/transfer/to/bob/30');
    await keep('api-docs.png');
  });
});

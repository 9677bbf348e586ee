import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { postgresBackend } from '../../src/adapters/bullmq/backend';
import { eventually } from '../../stress/infra/wait';
import { MemoryLog } from '../support/memoryLog';
import { transactionId } from '../support/transactionId';
import { WholeService } from './serviceHarness';

const EXECUTABLE = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
/** Set to keep what the pages look like. */
const SCREENSHOTS = process.env['SCREENSHOTS'];

if (EXECUTABLE === undefined) {
  if (process.env['CI'] !== undefined) throw new Error('There is no Chromium for the browser tests');
  process.stderr.write('\nSKIPPED: the browser tests, because there is no Chromium in /usr/bin\n\n');
}

(EXECUTABLE === undefined ? describe.skip : describe)('in a browser', () => {
  let service: WholeService;
  let browser: Browser;

  beforeAll(async () => {
    service = await WholeService.start();
    browser = await chromium.launch({ executablePath: EXECUTABLE ?? '', args: FLAGS });
    const { client } = service;
    for (const id of ['alice', 'bob']) await client.post(`/account/${id}`);
    await client.post('/account/alice/deposit/100');
  }, 60_000);

  afterAll(async () => {
    await browser.close();
    await service.stop();
  });

  async function open(path: string, token?: string): Promise<Page> {
    const context = await browser.newContext({
      viewport: { width: 1280, height: 800 },
      ...(token !== undefined && { httpCredentials: { username: 'me', password: token } }),
    });
    const page = await context.newPage();
    await page.goto(service.client.url + path, { waitUntil: 'load' });
    return page;
  }

  async function keep(page: Page, name: string): Promise<void> {
    if (SCREENSHOTS === undefined) return;
    mkdirSync(SCREENSHOTS, { recursive: true });
    await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });
  }

  it('shows the documentation, with nothing from anywhere else', async () => {
    const page = await open('/');
    const foreign: string[] = [];
    page.on('request', (request) => {
      if (!request.url().startsWith(service.client.url)) foreign.push(request.url());
    });
    await page.goto(`${service.client.url}/docs`);
    await page.click('#startTransfer summary');
    await page.waitForSelector('#startTransfer >> text=Idempotency-Key');
    expect(await page.title()).toBe('tandem API');
    expect(foreign).toEqual([]);
    await keep(page, 'docs');
    await page.context().close();
  });

  it('lets an admin log in to the dashboard, see the job of a transfer and retry one that has failed', async () => {
    const { body } = await service.client.post('/account/alice/transfer/to/bob/30');
    const id = transactionId();
    const backend = postgresBackend(service.database.url, new MemoryLog());
    const job = await backend.queue.add('resume', { transaction: id, attempt: 0 }, { jobId: `resume-${id}-0` });
    const jobId = String(job.id);
    await eventually('the job has failed', async () => (await job.isFailed()) || undefined, { deadlineMs: 10_000 });

    const drive = (await backend.queue.getJobs(['completed'])).find(({ name }) => name === 'drive');
    const page = await open(`/admin/queues/queue/coordinator/${drive?.id}`, 'admin-token');
    await page.waitForSelector(`text=${String(body['id']).slice(0, 8)}`);
    await keep(page, 'dashboard');

    await page.goto(`${service.client.url}/admin/queues/queue/coordinator?status=failed`);
    await page.waitForSelector(`text=There is no transaction ${id}`);
    await keep(page, 'dashboard-failed');
    await service.database.query(
      `insert into transactions (id, type, query, branches, status, deadline_at, next_attempt_at)
       values ($1, 'transfer', $2, '{alice,bob}', 'preparing', now() + interval '1 hour', now() + interval '1 hour')`,
      [id, { origin: 'alice', destination: 'bob', amount: 1 }],
    );
    await page.getByRole('button', { name: 'Retry all' }).click();
    await page.getByRole('button', { name: 'Confirm' }).click();
    await eventually(
      'the retried job has done its work',
      async () => ((await service.client.get(`/transfers/${id}`)).body['status'] === 'committed' ? true : undefined),
      { deadlineMs: 15_000 },
    );
    expect(await (await backend.queue.getJob(jobId))?.getState()).toBe('completed');
    await page.context().close();
    await backend.close();
  }, 60_000);

  it('lets nobody else in', async () => {
    const page = await open('/admin/queues', 'alice-token');
    expect(await page.textContent('body')).toContain('"code":"forbidden"');
    await page.context().close();
  });
});

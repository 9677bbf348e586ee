import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { postgresBackend, type QueueBackend, redisBackend } from '../../src/adapters/bullmq/backend';
import { eventually } from '../kit/wait';
import { MemoryLog } from '../support/memoryLog';
import { BACKENDS } from '../support/realJobs';
import { redisDatabase } from '../support/redisDatabase';
import { transactionId } from '../support/transactionId';
import { launch, withBrowser } from './chromium';
import { WholeService } from './serviceHarness';

/** Set to keep what the pages look like. */
const SCREENSHOTS = process.env['SCREENSHOTS'];

/** What a reader would have to scroll sideways for: the page, or something on it. */
const WIDER_THAN_THE_WINDOW = `[...document.querySelectorAll('*')]
  .filter((one) => one.getBoundingClientRect().right > innerWidth + 0.5 || one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).display !== 'inline')
  .map((one) => one.tagName + ' ' + one.textContent.slice(0, 80))`;

async function openPage(browser: Browser, url: string, token?: string): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    ...(token !== undefined && { httpCredentials: { username: 'me', password: token } }),
  });
  const page = await context.newPage();
  await page.goto(url, { waitUntil: 'load' });
  return page;
}

async function keep(page: Page, name: string): Promise<void> {
  if (SCREENSHOTS === undefined) return;
  mkdirSync(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });
}

withBrowser('in a browser', () => {
  let service: WholeService;
  let browser: Browser;

  beforeAll(async () => {
    service = await WholeService.start();
    browser = await launch();
  });

  afterAll(async () => {
    await browser.close();
    await service.stop();
  });

  const open = (path: string, token?: string) => openPage(browser, service.client.url + path, token);

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

  it('fits a telephone: nothing on the page is wider than 390 pixels, opened or not', async () => {
    for (const path of ['/docs', '/']) {
      const page = await open(path);
      await page.setViewportSize({ width: 390, height: 844 });
      await page.evaluate('for (const one of document.querySelectorAll("details")) one.open = true');
      const wide = await page.evaluate(WIDER_THAN_THE_WINDOW);
      expect(wide).toEqual([]);
      await keep(page, `telephone${path.replace('/', '-')}`);
      await page.context().close();
    }
  });

  it('shows its root as a page, from which a reader comes to the documentation', async () => {
    const page = await open('/');
    await page.click('text=The API');
    expect(await page.title()).toBe('tandem API');
    await page.context().close();
  });

  it('lets no other caller in', async () => {
    const page = await open('/admin/queues', 'alice-token');
    expect(await page.textContent('body')).toContain('"code":"forbidden"');
    await page.context().close();
  });
});

withBrowser.each(BACKENDS)('the dashboard of the queue on %s', (kind) => {
  const HOUR_MS = 3_600_000;
  let service: WholeService;
  let backend: QueueBackend;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    const redis = kind === 'redis' ? await redisDatabase() : undefined;
    service = await WholeService.start(redis === undefined ? {} : { REDIS_URL: redis });
    const log = new MemoryLog();
    backend = redis === undefined ? postgresBackend(service.database.url, log) : await redisBackend(redis, log);
    await backend.queue.waitUntilReady();
    browser = await launch();
    const { client } = service;
    for (const id of ['alice', 'bob']) await client.post(`/account/${id}`);
    await client.post('/account/alice/deposit/100');
    page = await openPage(browser, `${client.url}/admin/queues`, 'admin-token');
    page.setDefaultTimeout(60_000);
  });

  afterAll(async () => {
    await browser.close();
    await backend.close();
    await service.stop();
  });

  const goTo = (path: string) => page.goto(`${service.client.url}/admin/queues/queue/coordinator${path}`);
  const stateOf = async (jobId: string) => (await backend.queue.getJob(jobId))?.getState();
  const confirm = () => page.getByRole('button', { name: 'Confirm' }).click();

  /** Clicks one of the icons of a job, which say what they do only while the mouse is over them. */
  async function act(what: string): Promise<void> {
    const icons = page.locator('main li button:not([role=tab])');
    await icons.first().waitFor();
    for (const icon of await icons.all()) {
      await icon.hover();
      const told = page.getByText(what, { exact: true }).waitFor({ timeout: 2000 });
      if (await told.then(() => true).catch(() => false)) {
        await icon.click();
        return;
      }
    }
    throw new Error(`the job has no icon for: ${what}`);
  }

  /** The resume job of a transfer that no driver has. */
  async function addJob(transaction: string, delay = 0): Promise<string> {
    const jobId = `resume-${transaction}-0`;
    await backend.queue.add('resume', { transaction, attempt: 0 }, { jobId, delay });
    return jobId;
  }

  /** A transfer that is left to its resume job: no sweep comes for it within the hour. */
  async function addTransfer(id: string): Promise<void> {
    await service.database.query(
      `insert into transactions
         (id, type, query, branches, asked_first, status, deadline_at, next_attempt_at, created_at)
       values ($1, 'transfer', $2, '{alice,bob}', 1, 'preparing', now() + interval '1 hour', now() + interval '1 hour', now())`,
      [id, { postings: [{ origin: 'alice', destination: 'bob', amount: 1 }] }],
    );
  }

  async function addFailed(): Promise<{ id: string; jobId: string }> {
    const id = transactionId();
    const jobId = await addJob(id);
    await eventually('the job has failed', async () => ((await stateOf(jobId)) === 'failed' ? true : undefined), {
      deadlineMs: 60_000,
    });
    return { id, jobId };
  }

  async function untilDone({ id, jobId }: { id: string; jobId: string }): Promise<void> {
    await eventually(
      'the job has done its work',
      async () => ((await service.client.get(`/transfers/${id}`)).body['status'] === 'committed' ? true : undefined),
      { deadlineMs: 60_000 },
    );
    await eventually('the job is completed', async () => ((await stateOf(jobId)) === 'completed' ? true : undefined), {
      deadlineMs: 60_000,
    });
  }

  it('shows the job of a capture', async () => {
    const payment = { origin: 'alice', destination: 'bob', amount: 30, capture: 'manual' };
    const { body } = await service.client.post('/transfers', { body: payment });
    const captured = await service.client.post(`/transfers/${String(body['id'])}/capture`);
    expect(captured.body).toMatchObject({ status: 'committed' });
    const drive = await eventually(
      'the job is completed',
      async () => (await backend.queue.getJobs(['completed'])).find(({ name }) => name === 'drive'),
      { deadlineMs: 60_000 },
    );
    await goTo(`/${drive.id}`);
    await page.waitForSelector(`text=${String(body['id']).slice(0, 8)}`);
    await keep(page, `dashboard-${kind}`);
  });

  it('retries every failed job', async () => {
    const failed = await addFailed();
    await goTo('?status=failed');
    await page.waitForSelector(`text=There is no transaction ${failed.id}`);
    await keep(page, `dashboard-${kind}-failed`);
    await addTransfer(failed.id);
    await page.getByRole('button', { name: 'Retry all' }).click();
    await confirm();
    await untilDone(failed);
  });

  it('retries one failed job and leaves the others', async () => {
    const [failed, other] = [await addFailed(), await addFailed()];
    await addTransfer(failed.id);
    await goTo(`/${failed.jobId}?status=failed`);
    await act('Retry');
    await confirm();
    await untilDone(failed);
    expect(await stateOf(other.jobId)).toBe('failed');
  });

  it('promotes a delayed job, which then runs at once', async () => {
    const id = transactionId();
    await addTransfer(id);
    const jobId = await addJob(id, HOUR_MS);
    expect(await stateOf(jobId)).toBe('delayed');
    await goTo(`/${jobId}?status=delayed`);
    await act('Promote');
    await keep(page, `dashboard-${kind}-delayed`);
    await confirm();
    await untilDone({ id, jobId });
  });
});

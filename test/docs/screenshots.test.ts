import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { postgresBackend } from '../../src/adapters/bullmq/backend';
import { eventually } from '../../stress/infra/wait';
import { launch, withBrowser } from '../http/chromium';
import { WholeService } from '../http/serviceHarness';
import { MemoryLog } from '../support/memoryLog';

const run = promisify(execFile);
const README = readFileSync(join(__dirname, '../../README.md'), 'utf8');
/** Sweeps after which a reader has long opened the dashboard. */
const SWEEPS = 15;
/** The folder to put the pictures of the README in; `npm run screenshots` does. */
const FOLDER = process.env['SCREENSHOTS'];

/** The lines that the README has a reader type first. */
function firstLines(): string {
  const [section = ''] = README.split('\n## Run it\n')[1]?.split('\n## ') ?? [];
  const blocks = [...section.matchAll(/```sh\n(.*?)```/gs)].map(([, block = '']) => block);
  return blocks.filter((block) => block.includes('curl ')).join('');
}

withBrowser('the pictures in the README show what a reader sees who does what it says', () => {
  let service: WholeService;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    service = await WholeService.start({ SWEEP_EVERY_MS: '100' });
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

  it('names both pictures', () => {
    expect(README).toContain('](docs/api-docs.png)');
    expect(README).toContain('](docs/dashboard.png)');
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

  it('of the API: the operations with a line for the shell', async () => {
    await page.goto(`${service.client.url}/docs`);
    await page.click('#transfer summary');
    await page.locator('#transfer .curl').scrollIntoViewIfNeeded();
    await page.evaluate('scrollTo(0, document.querySelector("#transfers").offsetTop - 16)');
    expect(await page.locator('#transfer .curl').textContent()).toContain('/account/alice/transfer/to/bob/30');
    await keep('api-docs.png');
  });
});

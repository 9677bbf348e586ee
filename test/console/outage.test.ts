import type { Browser } from 'playwright-core';
import { launch, withBrowser } from '../http/chromium';
import { PostgresServer } from '../kit/postgres';
import { RedisServer } from '../kit/redis';
import { BankClient } from '../support/bankClient';
import { TestDatabase } from '../support/testDatabase';
import { TestServices } from '../support/testService';
import { ConsolePage } from './consoleUnderTest';

/** Opens the page of an authorization of 120; `client` can capture it. */
async function openAuthorization(browser: Browser, client: BankClient, url: string) {
  const { body } = await client.post('/transfers', {
    body: { origin: 'alice', destination: 'bob', amount: 120, capture: 'manual' },
  });
  const path = `transfers/${String(body['id'])}`;
  const console = await ConsolePage.open(browser, url, path);
  await console.page.locator('.hero .status', { hasText: 'authorized' }).waitFor();
  return { console, capture: () => client.post(`/${path}/capture`, { body: {} }) };
}

/** The page says why it is not up to date, and keeps what it knew. */
async function expectAway(console: ConsolePage, why: string): Promise<void> {
  const alert = console.page.locator('[role=alert]', { hasText: why });
  await alert.getByText('The page tries again by itself.').waitFor();
  expect(await console.page.locator('.hero .status').textContent()).toBe('authorized');
  expect(await console.barriers()).toEqual([]);
}

async function untilBack(console: ConsolePage): Promise<void> {
  await console.page.getByRole('status').filter({ hasText: 'Tandem answers again' }).waitFor({ timeout: 60_000 });
  await console.page.getByText('connected', { exact: true }).waitFor();
}

withBrowser('under an open page', () => {
  let server: PostgresServer;
  let redis: RedisServer;
  let services: TestServices;
  let browser: Browser;

  beforeAll(async () => {
    server = await PostgresServer.start();
    redis = await RedisServer.start();
    const database = await TestDatabase.createOn(server);
    services = new TestServices({ DATABASE_URL: database.url, REDIS_URL: redis.url });
    browser = await launch();
  });

  afterAll(async () => {
    await browser.close();
    await services.remove();
    await redis.kill();
    await server.remove();
  });

  it('the service dies, PostgreSQL goes away, then the queue: the page says so each time, and goes on by itself', async () => {
    const service = await services.start();
    const client = new BankClient(service.baseUrl);
    await client.open('alice', 1000);
    await client.open('bob');
    const { console, capture } = await openAuthorization(browser, client, service.baseUrl);

    await service.kill();
    await expectAway(console, 'Tandem does not answer.');
    await console.page.getByText('no answer', { exact: true }).waitFor();
    service.start();
    await service.untilReady();
    await untilBack(console);

    await server.down('immediate');
    await expectAway(console, 'Tandem is not ready: database (the database does not answer)');
    await server.up();
    await untilBack(console);

    await redis.kill();
    await expectAway(console, 'queue (the job queue is away)');
    await redis.up();
    await untilBack(console);

    await capture();
    await console.page.locator('.hero .status', { hasText: 'committed' }).waitFor();
    expect(console.complaints).toEqual([]);
    await console.close();
  });
});

import type { Browser } from 'playwright-core';
import { launch, withBrowser } from '../http/chromium';
import { BankClient } from '../support/bankClient';
import { TestDatabase } from '../support/testDatabase';
import { TestServices } from '../support/testService';
import { ConsolePage } from './consoleUnderTest';

withBrowser('when the service dies under an open page', () => {
  let database: TestDatabase;
  let services: TestServices;
  let browser: Browser;

  beforeAll(async () => {
    database = await TestDatabase.create();
    services = new TestServices({ DATABASE_URL: database.url });
    browser = await launch();
  }, 60_000);

  afterAll(async () => {
    await browser.close();
    await services.remove();
    await database.drop();
  });

  it('the page says so, keeps what it knew, and goes on by itself when the service is back', async () => {
    const service = await services.start();
    const client = new BankClient(service.baseUrl);
    await client.open('alice', 1000);
    await client.open('bob');
    const { body } = await client.post('/transfers', {
      body: { origin: 'alice', destination: 'bob', amount: 120, capture: 'manual' },
    });
    const console = await ConsolePage.open(browser, service.baseUrl, `transfers/${String(body['id'])}`);
    await console.page.locator('.hero .status', { hasText: 'authorized' }).waitFor();

    await service.kill();
    const alert = console.page.locator('[role=alert]', { hasText: 'Tandem does not answer.' });
    await alert.getByText('The page tries again by itself.').waitFor();
    await console.page.getByText('no answer', { exact: true }).waitFor();
    expect(await console.page.locator('.hero .status').textContent()).toBe('authorized');
    expect(await console.barriers()).toEqual([]);

    service.start();
    await service.untilReady();
    await console.page.getByRole('status').filter({ hasText: 'Tandem answers again' }).waitFor();
    await console.page.getByText('connected', { exact: true }).waitFor();
    await client.post(`/transfers/${String(body['id'])}/capture`, { body: {} });
    await console.page.locator('.hero .status', { hasText: 'committed' }).waitFor();
    expect(console.complaints).toEqual([]);
    await console.close();
  }, 60_000);
});

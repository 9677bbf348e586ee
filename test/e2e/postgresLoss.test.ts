import { PostgresServer } from '../kit/postgres';
import { eventually, sleep } from '../kit/wait';
import { auditAtRest } from '../support/auditDatabase';
import { BankClient } from '../support/bankClient';
import { Load, post, unexpected } from '../support/load';
import { TestDatabase } from '../support/testDatabase';
import { TestServices } from '../support/testService';
import { untilAllFinal } from '../support/untilFinal';

const ACCOUNTS = ['pa', 'pb', 'pc', 'pd', 'pe', 'pf'];
const AWAY_MS = 5_000;

let server: PostgresServer;
let database: TestDatabase;
let services: TestServices;

beforeAll(async () => {
  server = await PostgresServer.start();
  database = await TestDatabase.createOn(server);
  services = new TestServices({ DATABASE_URL: database.url, LOG_LEVEL: 'info' });
});

afterAll(async () => {
  await services.remove();
  await server.remove();
});

describe('under load', () => {
  test('a process whose connections are all terminated stays up, and everything is final afterwards', async () => {
    const service = await services.start();
    const bank = new BankClient(service.baseUrl);
    for (const account of ACCOUNTS) await bank.open(account, 1_000);
    const load = new Load([service.baseUrl], ACCOUNTS, 12);
    for (let round = 0; round < 4; round += 1) {
      const before = load.succeeded();
      await eventually('transfers go through', () => (load.succeeded() > before + 20 ? true : undefined), {
        deadlineMs: 60_000,
      });
      expect(await database.cutConnections()).toBeGreaterThan(0);
    }
    const cut = load.outcomes.length;
    await eventually('transfers go through again', () => (load.succeeded(cut) > 20 ? true : undefined), {
      deadlineMs: 60_000,
    });
    await load.stop();
    expect(service.running).toBe(true);
    expect(unexpected(load, ['200', '202', '503'])).toEqual([]);
    await untilAllFinal(database);
    expect(await auditAtRest(database)).toEqual({ total: 6_000n, accounts: 6 });
  });

  test('a process whose database is stopped for five seconds answers 503, heals, and everything is final', async () => {
    const [service] = [await services.start()];
    const load = new Load([service.baseUrl], ACCOUNTS, 12);
    await eventually('transfers go through', () => (load.succeeded() > 20 ? true : undefined), { deadlineMs: 60_000 });
    await server.down('immediate');
    const stopped = performance.now();
    const answer = await eventually(
      'a request is answered that came after the stop',
      async () => post(service.baseUrl, '/account/pa/transfer/to/pb/1'),
      { deadlineMs: 60_000 },
    );
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '1' }, body: { code: 'unavailable' } });
    expect((await new BankClient(service.baseUrl).get('/health/ready')).status).toBe(503);
    expect((await new BankClient(service.baseUrl).get('/health/live')).status).toBe(200);
    await sleep(Math.max(0, AWAY_MS - (performance.now() - stopped)));
    await server.up();
    const back = load.outcomes.length;
    await eventually('transfers go through again', () => (load.succeeded(back) > 20 ? true : undefined), {
      deadlineMs: 60_000,
    });
    await load.stop();
    expect(service.running).toBe(true);
    // A transfer that began before the stop may have met its deadline during it: 504.
    expect(unexpected(load, ['200', '202', '503', '504'])).toEqual([]);
    await untilAllFinal(database);
    expect((await auditAtRest(database)).total).toBe(6_000n);
    expect(await service.terminate(60_000)).toBe(0);
  });
});

import { RedisServer } from '../kit/redis';
import { eventually } from '../kit/wait';
import { auditAtRest } from '../support/auditDatabase';
import { BankClient } from '../support/bankClient';
import { Load, unexpected } from '../support/load';
import { TestDatabase } from '../support/testDatabase';
import { TestServices } from '../support/testService';
import { untilAllFinal } from '../support/untilFinal';

const ACCOUNTS = ['fa', 'fb', 'fc', 'fd', 'fe', 'ff'];
const ENOUGH = 500;

/** The server is frozen here: it has to be one of our own. */
const suite = RedisServer.found() ? describe : describe.skip;

suite.each(['jobs', 'process'])('a Redis that is frozen, with DRIVE=%s', (drive) => {
  let redis: RedisServer;
  let database: TestDatabase;
  let services: TestServices;

  beforeAll(async () => {
    redis = await RedisServer.start();
    database = await TestDatabase.create();
    const env = { DATABASE_URL: database.url, REDIS_URL: redis.url, DRIVE: drive, LOG_LEVEL: 'info' };
    services = new TestServices(env);
  });

  afterAll(async () => {
    redis.thaw();
    await services.remove();
    await database.drop();
    await redis.kill();
  });

  test('stops no transfer on the process that leads: as many go through as before, each committed when it is answered', async () => {
    const { baseUrl } = await services.start();
    const bank = new BankClient(baseUrl);
    for (const account of ACCOUNTS) await bank.open(account, 1_000);
    const load = new Load([baseUrl], ACCOUNTS, 12);
    const untilMore = (what: string): Promise<true> => {
      const before = load.succeeded();
      return eventually(what, () => (load.succeeded() - before > ENOUGH ? true : undefined), { deadlineMs: 30_000 });
    };
    await untilMore('transfers go through');
    redis.freeze();
    const frozen = load.outcomes.length;
    await untilMore('transfers go through while Redis is frozen');
    const counts = load.counts(frozen);
    redis.thaw();
    await untilMore('transfers go through afterwards');
    await load.stop();
    expect(Object.keys(counts)).toEqual(['200']);
    expect(unexpected(load, ['200'])).toEqual([]);
    await untilAllFinal(database);
    expect(await auditAtRest(database)).toEqual({ total: 6_000n, accounts: 6 });
  }, 120_000);
});

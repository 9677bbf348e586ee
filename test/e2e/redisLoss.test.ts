import { RedisServer } from '../kit/redis';
import { eventually, sleep } from '../kit/wait';
import { auditAtRest } from '../support/auditDatabase';
import { BankClient } from '../support/bankClient';
import { Load, unexpected } from '../support/load';
import { TestDatabase } from '../support/testDatabase';
import { TestServices } from '../support/testService';
import { untilAllFinal } from '../support/untilFinal';

const ACCOUNTS = ['ra', 'rb', 'rc', 'rd', 'rf', 'rg'];

/** One process may take transfers while another still waits out the pause before it connects again. */
function untilReady(baseUrl: string): Promise<true> {
  const bank = new BankClient(baseUrl);
  const ready = async () => ((await bank.get('/health/ready')).status === 200 ? true : undefined);
  return eventually(`${baseUrl} is ready`, ready, { deadlineMs: 60_000 });
}

/** The server is killed and emptied here: it has to be one of our own. */
const suite = RedisServer.found() ? describe : describe.skip;

suite('two processes on redis, under load', () => {
  let redis: RedisServer;
  let database: TestDatabase;
  let services: TestServices;
  let baseUrls: readonly string[];

  beforeAll(async () => {
    redis = await RedisServer.start();
    database = await TestDatabase.create();
    services = new TestServices({ DATABASE_URL: database.url, REDIS_URL: redis.url, LOG_LEVEL: 'info' });
    const started = await Promise.all([services.start(), services.start()]);
    baseUrls = started.map(({ baseUrl }) => baseUrl);
    const bank = new BankClient(baseUrls[0] ?? '');
    for (const account of ACCOUNTS) await bank.open(account, 1_000);
  });

  afterAll(async () => {
    await services.remove();
    await database.drop();
    await redis.kill();
  });

  const untilMore = (load: Load, what: string): Promise<true> => {
    const before = load.outcomes.length;
    return eventually(what, () => (load.succeeded(before) > 20 ? true : undefined), { deadlineMs: 60_000 });
  };

  test('FLUSHALL, again and again, strands no transfer', async () => {
    const load = new Load(baseUrls, ACCOUNTS, 12);
    for (let round = 0; round < 4; round += 1) {
      await untilMore(load, 'transfers go through');
      await redis.flushAll();
    }
    await untilMore(load, 'transfers go through after the last FLUSHALL');
    await load.stop();
    expect(unexpected(load, ['200', '202'])).toEqual([]);
    await untilAllFinal(database);
    expect(await auditAtRest(database)).toEqual({ total: 6_000n, accounts: 6 });
  });

  test('a Redis that dies and comes back empty strands no transfer, and new ones go through without it', async () => {
    const load = new Load(baseUrls, ACCOUNTS, 12);
    await untilMore(load, 'transfers go through');
    const bank = new BankClient(baseUrls[0] ?? '');
    const keyed = (key: string) => bank.post('/account/ra/transfer/to/rb/1', { key });
    const before = await keyed('before');
    expect(before.status).toBe(200);
    await redis.kill();
    // The process that leads goes on without the queue; the sweep finds what the other one begins.
    await untilMore(load, 'transfers go through without Redis');
    expect((await keyed('new')).status).toBe(200);
    // What is final needs no queue: the repetition of a transfer gets its answer.
    const again = await keyed('before');
    expect(again).toMatchObject({ status: 200, body: { id: before.body['id'], status: 'committed' } });
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    await sleep(1_000);
    await redis.up();
    await untilMore(load, 'transfers go through on the empty Redis');
    await load.stop();
    expect(unexpected(load, ['200', '202', '503'])).toEqual([]);
    await untilAllFinal(database);
    expect((await auditAtRest(database)).total).toBe(6_000n);
    for (const baseUrl of baseUrls) await untilReady(baseUrl);
  });
});

suite('an api process whose Redis is away', () => {
  test('takes transfers while a worker is there to find them, and says so when none is', async () => {
    const redis = await RedisServer.start();
    const database = await TestDatabase.create();
    const services = new TestServices({
      DATABASE_URL: database.url,
      REDIS_URL: redis.url,
      SWEEP_EVERY_MS: '100',
      HTTP_WAIT_MS: '5000',
    });
    try {
      const worker = await services.start({ ROLE: 'worker' });
      const bank = new BankClient((await services.start({ ROLE: 'api' })).baseUrl);
      for (const account of ['qa', 'qb']) await bank.open(account, 100);
      const keyed = (key: string) => bank.post('/account/qa/transfer/to/qb/1', { key });
      const checks = async () => (await bank.get('/health/ready')).body['checks'];
      expect((await keyed('before')).status).toBe(200);

      await redis.kill();
      const away = { ok: false, detail: 'the job queue is away' };
      await eventually(
        'the queue is away',
        async () => (JSON.stringify(await checks()).includes(away.detail) ? true : undefined),
        { deadlineMs: 60_000 },
      );
      // Longer than it would take to find out that no process runs jobs.
      await sleep(8_000);
      expect((await keyed('while')).status).toBe(200);
      expect(await checks()).toMatchObject({ queue: away, sweep: { ok: true } });

      await worker.kill();
      const refused = await eventually(
        'new transfers are refused',
        async () => {
          const answer = await bank.post('/account/qa/transfer/to/qb/1', { prefer: 'respond-async' });
          return answer.status === 503 ? answer : undefined;
        },
        { deadlineMs: 60_000 },
      );
      expect(refused.body).toMatchObject({ code: 'unavailable', away: 'workers' });
      expect(String(refused.body['detail'])).toMatch(/^No process runs jobs\./);
      expect(await checks()).toMatchObject({
        queue: away,
        sweep: { ok: false, detail: expect.stringContaining('no process runs jobs') },
      });
      // What is final needs neither.
      expect((await keyed('before')).headers.get('idempotency-replayed')).toBe('true');
    } finally {
      await services.remove();
      await database.drop();
      await redis.kill();
    }
  });
});

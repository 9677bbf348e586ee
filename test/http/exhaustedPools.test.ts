import { Client as PgClient } from 'pg';
import { eventually } from '../kit/wait';
import { auditAtRest } from '../support/auditDatabase';
import type { TestDatabase } from '../support/testDatabase';
import type { Client, Reply } from './client';
import { WholeService } from './serviceHarness';

const held = new Set<PgClient>();

/** Holds locks, as a database transaction that hangs would. Resolves to what lets go of them. */
async function holdLocks(database: TestDatabase, ...statements: readonly string[]): Promise<() => Promise<void>> {
  const holder = new PgClient({ connectionString: database.url, application_name: 'test' });
  await holder.connect();
  held.add(holder);
  await holder.query('begin');
  for (const statement of statements) await holder.query(statement);
  return async () => {
    held.delete(holder);
    await holder.end();
  };
}

/** A test that fails leaves no lock behind for the next. */
afterEach(async () => {
  for (const holder of held) await holder.end();
  held.clear();
});

function untilWaiting(database: TestDatabase, application: string, count: number): Promise<true> {
  return eventually(
    `${count} statements of ${application} wait for a lock`,
    async () => {
      const rows = await database.query(
        `select from pg_stat_activity
         where datname = current_database() and wait_event_type = 'Lock' and application_name = $1`,
        [application],
      );
      return rows.length >= count ? true : undefined;
    },
    { deadlineMs: 60_000 },
  );
}

function expectUnavailable(reply: Reply): void {
  expect(reply.status).toBe(503);
  expect(['unavailable', 'overloaded']).toContain(reply.body['code']);
  expect(reply.headers.get('retry-after')).toBe('1');
}

const keyed = (key: string) => ({ headers: { 'idempotency-key': key } });

describe('when every connection of the hot path waits for a lock', () => {
  const CONNECTIONS = 2;
  let service: WholeService;
  let client: Client;
  let database: TestDatabase;

  beforeAll(async () => {
    service = await WholeService.start({ DATABASE_CONNECTIONS_MAX: String(CONNECTIONS) });
    ({ client, database } = service);
    for (const id of ['a', 'b', 'c']) {
      await client.post(`/account/${id}`);
      await client.post(`/account/${id}/deposit/100`);
    }
  });

  afterAll(() => service.stop());

  it('answers 503 with Retry-After, and afterwards goes on with every cent where it belongs', async () => {
    const release = await holdLocks(database, 'lock table journal in access exclusive mode');
    const answers = Promise.all([
      client.post('/account/b/deposit/1000'),
      client.post('/account/b/deposit/10', keyed('deposit')),
      client.post('/account/b/withdraw/1000'),
      client.post('/account/b/transfer/to/c/50'),
      client.post('/account/b/transfer/to/c/5', keyed('transfer')),
      client.post('/account/x'),
      // This account is not in memory: its stream has to be read.
      client.get('/account/y/balance'),
    ]);
    await untilWaiting(database, 'tandem', CONNECTIONS);
    for (const reply of await answers) expectUnavailable(reply);
    expect((await client.get('/health/live')).status).toBe(200);

    await release();
    await eventually(
      'the service is ready again',
      async () => ((await client.get('/health/ready')).status === 200 ? true : undefined),
      { deadlineMs: 60_000 },
    );
    // What was refused has left nothing behind; what is repeated under its key happens once.
    for (let times = 0; times < 2; times += 1) {
      expect((await client.post('/account/b/deposit/10', keyed('deposit'))).body['balance']).toBe(110);
      expect((await client.post('/account/b/transfer/to/c/5', keyed('transfer'))).status).toBe(200);
    }
    expect((await client.get('/account/b/balance')).body).toMatchObject({ balance: 105, held: 0 });
    expect((await client.get('/account/c/balance')).body).toMatchObject({ balance: 105, held: 0 });
    expect(await auditAtRest(database)).toEqual({ total: 310n, accounts: 3 });
  });

  it('brings transfers that were under way to their end, each once', async () => {
    const before = await balancesOf(client);
    const release = await holdLocks(database, 'lock table journal in access exclusive mode');
    const transfers = Array.from({ length: 20 }, (_, n) =>
      client.post(`/account/a/transfer/to/c/1`, keyed(`under way ${n}`)),
    );
    await untilWaiting(database, 'tandem', 1);
    await release();
    // 202 when the wait was over first, 503 when no write of it landed: to be repeated with its key.
    for (const { status } of await Promise.all(transfers)) expect([200, 202, 503, 504]).toContain(status);
    const ends = new Map<number, number>();
    for (let n = 0; n < transfers.length; n += 1) {
      const { status } = await eventually(
        'the transfer is final',
        async () => {
          const reply = await client.post('/account/a/transfer/to/c/1', keyed(`under way ${n}`));
          return [200, 504].includes(reply.status) ? reply : undefined;
        },
        { deadlineMs: 60_000 },
      );
      ends.set(status, (ends.get(status) ?? 0) + 1);
    }
    const moved = ends.get(200) ?? 0;
    expect(await balancesOf(client)).toEqual({ a: before.a - moved, c: before.c + moved });
    expect((await auditAtRest(database)).total).toBe(310n);
  });
});

async function balancesOf(client: Client): Promise<{ a: number; c: number }> {
  const [a, c] = await Promise.all(['a', 'c'].map((id) => client.get(`/account/${id}/balance`)));
  return { a: Number(a?.body['balance']), c: Number(c?.body['balance']) };
}

describe('when every connection for reads is taken by slow reports', () => {
  const REPORTS = 4;
  let service: WholeService;
  let client: Client;

  beforeAll(async () => {
    service = await WholeService.start({ READ_CONNECTIONS_MAX: String(REPORTS) });
    ({ client } = service);
    for (const id of ['a', 'b']) await client.post(`/account/${id}`);
    await client.post('/account/a/deposit/1000');
  });

  afterAll(() => service.stop());

  it('answers other reads 503 with Retry-After, while transfers go on as ever', async () => {
    const { database } = service;
    const release = await holdLocks(database, 'lock table ledgers in access exclusive mode');
    const reports = Array.from({ length: REPORTS }, () => client.as('alice-token').get('/wallet/ledger'));
    await untilWaiting(database, 'tandem-reads', REPORTS);

    const reads = Promise.all([
      client.get('/account/a/entries'),
      client.get('/transfers'),
      client.as('alice-token').get('/wallet/balance'),
      client.as('admin-token').get('/admin/wallets'),
    ]);
    const transfers = await Promise.all(Array.from({ length: 100 }, () => client.post('/account/a/transfer/to/b/5')));
    expect(transfers.map(({ status }) => status).filter((status) => status !== 200)).toEqual([]);
    for (const read of await reads) {
      // The database answers: it is not what is away.
      expect(read).toMatchObject({ status: 503, body: { code: 'overloaded' } });
      expect(read.headers.get('retry-after')).toBe('1');
    }
    // A report itself ends when its time is over, or with the lock.
    await release();
    for (const { status } of await Promise.all(reports)) expect([200, 503]).toContain(status);
    expect((await client.get('/account/a/entries')).status).toBe(200);
    expect((await client.get('/account/b/balance')).body).toMatchObject({ balance: 500, held: 0 });
    expect((await auditAtRest(database)).total).toBe(1000n);
  });
});

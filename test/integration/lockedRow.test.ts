import { journalFlushed } from '../../src/engine/telemetry';
import { transfer } from '../contract/batches';
import { RealEngine } from '../support/realEngine';
import { TestDatabase } from '../support/testDatabase';
import { transactionId } from '../support/transactionId';

const OTHERS = 15;

let database: TestDatabase;
let engine: RealEngine;
let outcomes: string[] = [];
let deaf: () => void;
let serial = 0;

beforeAll(async () => {
  database = await TestDatabase.create();
  engine = RealEngine.on(database, undefined, { DRIVE: 'process' });
  deaf = journalFlushed.listen(({ outcome }) => outcomes.push(outcome));
});

beforeEach(() => {
  outcomes = [];
});

afterAll(async () => {
  deaf();
  await engine.close();
  await database.drop();
});

async function accounts(): Promise<readonly string[]> {
  serial += 1;
  const all = ['locked', ...Array.from({ length: OTHERS }, (_, n) => `free-${n}`)].map((name) => `${name}-${serial}`);
  await Promise.all(all.map((account) => engine.open(account, 100n)));
  return all;
}

/** Moves money and resolves to the status that the transfer ended in. */
async function moved(origin: string, destination: string): Promise<string> {
  const query = { postings: [{ origin, destination, amount: 1n }] };
  const creation = await engine.engine.coordinator.create(transactionId(), query, [origin, destination], {
    askedFirst: 1,
    timeoutMs: 20_000,
  });
  if (creation.kind === 'key-reused') throw new Error('there was no key');
  const record = await creation.transaction.pollForFinalStatus({ timeoutMs: 15_000 });
  return record?.state.status ?? 'pending';
}

const ring = (all: readonly string[]): Promise<string[]> =>
  Promise.all(all.map((account, n) => moved(account, all[(n + 1) % all.length] ?? '')));

describe('rows that another session has locked', () => {
  test.each([
    ['the account', (id: string) => `select from accounts where id = '${id}' for update`],
    ['its journal', (id: string) => `select from journal where account_id = '${id}' for update`],
    ['its totals', (id: string) => `select from ledgers where account_id = '${id}' for update`],
    ['all accounts', () => 'select from accounts for update'],
    ['all journals', () => 'select from journal for update'],
    ['all transactions that there are', () => 'select from transactions for update'],
    ['all keys', () => 'select from idempotency_keys for update'],
    ['all refusals', () => 'select from refusals for update'],
    ['what tells of the sweeps', () => 'select from sweeps for update'],
    ['the whole feed', () => 'select from feed for update'],
  ])('of %s hold up no transfer', async (_name, lock) => {
    const all = await accounts();
    await ring(all);
    outcomes = [];
    const statuses = await database.whileLocked(lock(all[0] ?? ''), () => ring(all));
    expect(new Set(statuses)).toEqual(new Set(['committed']));
    expect(new Set(outcomes)).toEqual(new Set(['written']));
  });

  test('of the totals of one account keep its own deposits waiting, and no others', async () => {
    const [locked = '', ...free] = await accounts();
    await database.whileLocked(`select from ledgers where account_id = '${locked}' for update`, async () => {
      const own = engine.deposit(locked, 1n, `${locked} own`);
      const others = await Promise.all(free.map((account) => engine.deposit(account, 1n, `${account} other`)));
      for (const reply of others) expect(reply).toMatchObject({ kind: 'accepted', balance: 101n });
      expect(await moved(locked, free[0] ?? '')).toBe('committed');
      await expect(own).rejects.toMatchObject({ name: 'UnavailableError', outcome: 'not-started' });
    });
    expect(await engine.deposit(locked, 1n, `${locked} own`)).toMatchObject({ kind: 'accepted', balance: 100n });
  });

  test('of one transaction keep that one waiting, and none that is driven with it', async () => {
    const all = await accounts();
    const [locked, ...free] = all.map((account, n) => transfer(account, all[(n + 1) % all.length] ?? '', 1n));
    if (!locked) throw new Error('there are no accounts');
    await engine.store(locked, ...free);
    const drive = (ids: readonly string[]) => engine.engine.drives.drive(ids, { repeats: true });
    await database.whileLocked(`select from transactions where id = '${locked.id}' for update`, async () => {
      const driven = await drive([locked.id, ...free.map(({ id }) => id)]);
      const left = driven.filter(({ kind }) => kind === 'unfinished').map(({ record }) => record.state.id);
      expect(left).toEqual([locked.id]);
      expect(driven.map(({ record }) => record.state.status).toSorted()).toEqual([
        ...free.map(() => 'committed'),
        'preparing',
      ]);
    });
    const [driven] = await drive([locked.id]);
    expect(driven?.record.state.status).toBe('committed');
  });
});

test('a table that another session has locked makes a read of it unavailable', async () => {
  const reading = database.whileLocked('lock table journal in access exclusive mode', () =>
    engine.engine.journal.load(['unseen']),
  );
  await expect(reading).rejects.toMatchObject({ name: 'UnavailableError', outcome: 'not-started' });
});

test('a sweep passes by what another session has locked, and is not held up', async () => {
  const all = await accounts();
  const [locked, free] = [transfer(all[0] ?? '', all[1] ?? '', 1n), transfer(all[2] ?? '', all[3] ?? '', 1n)];
  await engine.store(locked, free);
  await database.query(`update transactions set next_attempt_at = now() - interval '1 s' where finished_at is null`);
  const lock = `with s as (select from sweeps for update) select from transactions where id = '${locked.id}' for update`;
  const claimed = await database.whileLocked(lock, () => engine.engine.transactionStore.claimDue(100, 60_000));
  expect(claimed.map(({ id }) => id)).toEqual([free.id]);
});

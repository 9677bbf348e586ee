import type { Pool } from 'pg';
import { LocalBranches } from '../../src/engine/accounts/localBranches';
import type { TransactionRecord } from '../../src/engine/transactions/record';
import { losesAnswers } from '../support/losesAnswers';
import { RealEngine } from '../support/realEngine';
import { replayed } from '../support/replayed';
import { TestDatabase } from '../support/testDatabase';
import { transactionId } from '../support/transactionId';

const FUNDS = 100n;
const AMOUNT = 30n;

let database: TestDatabase;
let lost = 0;
let serial = 0;
const engines: RealEngine[] = [];

beforeAll(async () => {
  database = await TestDatabase.create();
});

afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.close();
});

afterAll(() => database.drop());

/** A process whose statements of some kind lose every other answer, the first one's too, after they were carried out. */
function lossy(name: RegExp): RealEngine {
  lost = 0;
  const faults = (pool: Pool) =>
    losesAnswers(pool, name, () => {
      lost += 1;
    });
  const engine = RealEngine.on(database, undefined, { DRIVE: 'process' }, faults);
  engines.push(engine);
  return engine;
}

async function accounts(): Promise<readonly [string, string]> {
  serial += 1;
  const [origin, destination] = [`from-${serial}`, `to-${serial}`] as const;
  const calm = RealEngine.on(database);
  await calm.open(origin, FUNDS);
  await calm.open(destination, 0n);
  await calm.close();
  return [origin, destination];
}

async function transfer(engine: RealEngine, [origin, destination]: readonly [string, string], key?: string) {
  const query = { postings: [{ origin, destination, amount: AMOUNT }] };
  const creation = await engine.engine.coordinator.create(transactionId(), query, [origin, destination], {
    askedFirst: 1,
    timeoutMs: 10_000,
    ...(key !== undefined && { key: { scope: 'test', key, fingerprint: 'f' } }),
  });
  if (creation.kind === 'key-reused') throw new Error('the key is new');
  const record = await creation.transaction.pollForFinalStatus({ timeoutMs: 10_000 });
  return { kind: creation.kind, record };
}

describe.each(['in one statement', 'step by step'])('%s', (how) => {
  beforeEach(() => {
    if (how === 'step by step') jest.spyOn(LocalBranches.prototype, 'has').mockReturnValue(false);
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  test.each([
    ['with a key', 'k'],
    ['without a key', undefined],
  ])(
    'a transfer %s, of whose statements every other loses its answer, is made once and told as it is stored',
    async (_name, key) => {
      const engine = lossy(/^append/);
      const pair = await accounts();
      const { kind, record } = await transfer(engine, pair, key && `${key} ${how}`);
      expect(lost).toBeGreaterThan(0);
      expect(kind).toBe('created');
      expect(record?.state.status).toBe('committed');
      const stored: TransactionRecord<unknown, unknown>[] = await engine.engine.transactionStore.read([
        record?.state.id ?? '',
      ]);
      expect(stored).toMatchObject([{ state: { status: 'committed' }, history: record?.history }]);
      expect((await replayed(database, pair[0])).state).toMatchObject({ balance: FUNDS - AMOUNT, held: 0n });
      expect((await replayed(database, pair[1])).state).toMatchObject({ balance: AMOUNT, incoming: 0n });
    },
  );
});

test('a deposit whose answer is lost is made once, and its key tells what became of it', async () => {
  const engine = lossy(/^append/);
  const [account] = await accounts();
  const reply = await engine.deposit(account, 5n, `${account} lost`);
  expect(lost).toBe(1);
  // It found its own key: to its client it is no repetition.
  expect(reply).toMatchObject({ kind: 'accepted', balance: FUNDS + 5n });
  expect(reply).not.toMatchObject({ replayed: true });
  expect((await replayed(database, account)).state).toMatchObject({ balance: FUNDS + 5n });
});

test.each([
  ['without a key', undefined],
  ['with a key', 'never read'],
])('a transfer %s that was stored, and cannot be read since, is never told as not begun', async (_name, key) => {
  let stored = false;
  const faults = (pool: Pool) =>
    losesAnswers(
      pool,
      (name) => (stored ? !name.startsWith('load') : name.startsWith('append')),
      () => {
        stored = true;
      },
      { always: true },
    );
  const engine = RealEngine.on(database, undefined, { DRIVE: 'process' }, faults);
  engines.push(engine);
  const pair = await accounts();
  await expect(transfer(engine, pair, key)).rejects.toMatchObject({ name: 'UnavailableError', outcome: 'unknown' });
  const [row] = await database.query<{ count: number }>(
    `select count(*)::int as count from transactions where branches[1] = $1`,
    [pair[0]],
  );
  expect(row?.count).toBe(1);
});

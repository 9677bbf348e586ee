import { Client, type Pool } from 'pg';
import { PostgresAccountStore } from '../../src/adapters/postgres/accountStore';
import { createHotPool } from '../../src/adapters/postgres/pool';
import { systemClock } from '../../src/adapters/systemClock';
import type { AccountEntry } from '../../src/engine/ports';
import { MemoryLog } from '../support/memoryLog';
import { TestDatabase } from '../support/testDatabase';
import { transactionId } from '../support/transactionId';

let database: TestDatabase;
let pool: Pool;
let store: PostgresAccountStore;
let failedFlushes = 0;

beforeAll(async () => {
  database = await TestDatabase.create();
  pool = createHotPool(
    { connectionString: database.url, connectionsMax: 4, connectTimeoutMs: 2_000, statementTimeoutMs: 200 },
    new MemoryLog(),
  );
  const options = { rowsMax: 100, waitingMax: 100, lanes: 1, attemptsMax: 2, backoff: { initialMs: 1, maxMs: 1 } };
  store = new PostgresAccountStore(pool, options, systemClock, ({ failed }) => {
    if (failed) failedFlushes += 1;
  });
});

afterAll(async () => {
  await pool.end();
  await database.drop();
});

const deposit = (key: string): AccountEntry => ({
  event: { type: 'MoneyDeposited', amount: 1n },
  operation: { scope: 's', key, fingerprint: 'f' },
});

/** Does something while another session holds what `lock` takes. */
async function whileLocked<T>(lock: string, task: () => Promise<T>): Promise<T> {
  const holder = new Client({ connectionString: database.url });
  await holder.connect();
  await holder.query('begin');
  await holder.query(lock);
  try {
    return await task();
  } finally {
    await holder.query('rollback');
    await holder.end();
  }
}

describe('a lock that somebody else holds for too long', () => {
  test('on one account keeps its own write waiting, not the others, and that one is unavailable for good reason', async () => {
    const others = Array.from({ length: 15 }, (_, n) => `free-${n}`);
    for (const account of ['locked', ...others]) await store.open(account);
    const [locked, ...free] = await whileLocked(`select from accounts where id = 'locked' for update`, () =>
      Promise.allSettled(['locked', ...others].map((account) => store.write(account, [deposit(account)]))),
    );
    for (const written of free) {
      expect(written).toMatchObject({ status: 'fulfilled', value: { outcomes: [{ kind: 'applied' }] } });
    }
    expect(locked).toMatchObject({ reason: { name: 'UnavailableError', outcome: 'not-started' } });
    expect((await store.load('locked')).state).toMatchObject({ balance: 0n });
    // Halving sixteen takes four statements that wait, and the last of them is tried once more.
    expect(failedFlushes).toBeLessThanOrEqual(6);
  });

  test('on what is read makes the read unavailable', async () => {
    const reading = whileLocked('lock table account_branches in access exclusive mode', () =>
      store.loadBranch('free-0', transactionId()),
    );
    await expect(reading).rejects.toMatchObject({ name: 'UnavailableError', outcome: 'not-started' });
  });

  test('on transactions is nothing to an account', async () => {
    const written = await whileLocked('lock table transactions in access exclusive mode', () =>
      store.write('free-0', [deposit('beside transactions')]),
    );
    expect(written.outcomes).toMatchObject([{ kind: 'applied' }]);
  });
});

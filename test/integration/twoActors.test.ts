import type { Pool } from 'pg';
import { PostgresAccountStore } from '../../src/adapters/postgres/accountStore';
import { createHotPool } from '../../src/adapters/postgres/pool';
import { systemClock } from '../../src/adapters/systemClock';
import { Accounts } from '../../src/engine/accounts';
import { MemoryLog } from '../support/memoryLog';
import { TestDatabase } from '../support/testDatabase';
import { transactionId } from '../support/transactionId';

let database: TestDatabase;
let pool: Pool;

beforeAll(async () => {
  database = await TestDatabase.create();
  pool = createHotPool(
    { connectionString: database.url, connectionsMax: 4, connectTimeoutMs: 2_000, statementTimeoutMs: 10_000 },
    new MemoryLog(),
  );
});

afterAll(async () => {
  await pool.end();
  await database.drop();
});

test('two actors of one account, each wanting all its funds in the same turn, do not keep each other out for ever', async () => {
  const options = { rowsMax: 500, waitingMax: 500, lanes: 1, attemptsMax: 5, backoff: { initialMs: 5, maxMs: 50 } };
  const store = new PostgresAccountStore(pool, options, systemClock);
  await store.open('wanted');
  // As a restarted actor has its predecessor beside it.
  const actors = [1, 2].map(() => {
    const limits = { mailboxMax: 100, idleMs: 100_000, actorsMax: 10 };
    return new Accounts(store, systemClock, new MemoryLog(), limits).of('wanted');
  });
  await actors[0]?.ask({
    kind: 'money',
    command: { type: 'Deposit', amount: 10n },
    request: { scope: 's', key: 'k', fingerprint: 'f' },
  });
  const replies = await Promise.all(
    actors.map((actor) =>
      actor.ask({ kind: 'branch', command: { type: 'PrepareDebit', transactionId: transactionId(), amount: 6n } }),
    ),
  );
  expect(replies.map(({ kind }) => kind).toSorted()).toEqual(['done', 'refused']);
}, 10_000);

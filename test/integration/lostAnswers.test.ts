import type { Pool, PoolClient, QueryConfig } from 'pg';
import { createHotPool } from '../../src/adapters/postgres/pool';
import { PostgresTransactionStore } from '../../src/adapters/postgres/transactionStore';
import { transferCodec } from '../../src/adapters/postgres/transferCodec';
import { systemClock } from '../../src/adapters/systemClock';
import type { TransferQuery, TransferRefusal } from '../../src/domain/transfer';
import { MemoryLog } from '../support/memoryLog';
import { TestDatabase } from '../support/testDatabase';
import { transactionId } from '../support/transactionId';

let database: TestDatabase;
let pool: Pool;

beforeAll(async () => {
  database = await TestDatabase.create();
  pool = createHotPool(
    { connectionString: database.url, connectionsMax: 2, connectTimeoutMs: 2_000, statementTimeoutMs: 10_000 },
    new MemoryLog(),
  );
});

afterAll(async () => {
  await pool.end();
  await database.drop();
});

const key = { scope: 'test', key: 'k', fingerprint: 'f' };

test.each([
  ['without a key', undefined],
  ['with a key', key],
])(
  'a transfer %s that was created by a statement whose answer was lost is never told as not begun',
  async (_name, given) => {
    const store = new PostgresTransactionStore<TransferQuery, TransferRefusal>(
      losesFirstAnswerThenReads(pool),
      transferCodec,
      { rowsMax: 10, waitingMax: 10, lanes: 1, attemptsMax: 3, backoff: { initialMs: 1, maxMs: 1 } },
      1_000,
      systemClock,
    );
    const id = transactionId();
    const creating = store.create({
      id,
      type: 'transfer',
      query: { origin: 'a', destination: 'b', amount: 1n },
      branches: ['a', 'b'],
      timeoutMs: 1_000,
      ...(given && { key: given }),
    });
    await expect(creating).rejects.toMatchObject({ name: 'UnavailableError', outcome: 'unknown' });
    expect(await database.query('select status from transactions where id = $1', [id])).toEqual([
      { status: 'preparing' },
    ]);
  },
);

/** A real pool whose first statement is carried out and then loses its answer, and which cannot read from then on. */
function losesFirstAnswerThenReads(real: Pool): Pool {
  let lost = false;
  const faulty = (client: PoolClient): PoolClient =>
    new Proxy(client, {
      get(target, property) {
        if (property !== 'query') return Reflect.get(target, property, target) as unknown;
        return async (statement: QueryConfig & { name: string }) => {
          if (lost && statement.name.startsWith('read_')) throw new Error('Connection terminated unexpectedly');
          const result: unknown = await target.query(statement);
          if (lost) return result;
          lost = true;
          throw new Error('Connection terminated unexpectedly');
        };
      },
    });
  return new Proxy(real, {
    get(target, property) {
      if (property === 'connect') return async () => faulty(await target.connect());
      return Reflect.get(target, property, target) as unknown;
    },
  });
}

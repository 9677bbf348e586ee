import type { Pool } from 'pg';
import { PostgresJournalStore } from '../../src/adapters/postgres/journal/journalStore';
import { createHotPool } from '../../src/adapters/postgres/pool';
import { PostgresTransactionStore } from '../../src/adapters/postgres/transactions/transactionStore';
import { transferCodec } from '../../src/adapters/postgres/transactions/transferCodec';
import type { TransferQuery, TransferRefusal } from '../../src/domain/transfer';
import type { JournalStore } from '../../src/engine/journal/store';
import type { TransactionStore } from '../../src/engine/transactions/store';
import { MemoryDatabase } from '../support/memoryDatabase';
import { MemoryJournalStore } from '../support/memoryJournalStore';
import { MemoryLog } from '../support/memoryLog';
import { MemoryTransactionStore } from '../support/memoryTransactionStore';
import { TestDatabase } from '../support/testDatabase';

/** The stores of one process, and what a test may do to the database behind them. */
export interface StoresUnderTest {
  readonly journal: JournalStore<TransferQuery, TransferRefusal>;
  readonly transactions: TransactionStore<TransferQuery, TransferRefusal>;
  /** The last sweep is so many milliseconds longer ago. */
  readonly sweptEarlier: (ms: number) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** A transaction that is stored is due for the sweep at once. */
const ORPHANED_AFTER_MS = 0;

async function inMemory(): Promise<StoresUnderTest> {
  const database = new MemoryDatabase<TransferQuery, TransferRefusal>(undefined, ORPHANED_AFTER_MS);
  return {
    journal: new MemoryJournalStore(database),
    transactions: new MemoryTransactionStore(database),
    sweptEarlier: async (ms) => {
      database.sweptMs -= ms;
      database.lookedMs -= ms;
    },
    close: () => Promise.resolve(),
  };
}

function over(pool: Pool): Pick<StoresUnderTest, 'journal' | 'transactions'> {
  return {
    journal: new PostgresJournalStore(pool, transferCodec, ORPHANED_AFTER_MS),
    transactions: new PostgresTransactionStore(pool, transferCodec),
  };
}

export const hotPool = (database: TestDatabase): Pool =>
  createHotPool(
    { connectionString: database.url, connectionsMax: 4, connectTimeoutMs: 2_000, statementTimeoutMs: 10_000 },
    new MemoryLog(),
  );

async function inPostgres(): Promise<StoresUnderTest> {
  const database = await TestDatabase.create();
  const pool = hotPool(database);
  return {
    ...over(pool),
    sweptEarlier: async (ms) => {
      const earlier = (column: string) => `${column} = ${column} - $1::float8 * interval '1 millisecond'`;
      await database.query(`update sweeps set ${earlier('swept_at')}, ${earlier('looked_at')}`, [ms]);
    },
    close: async () => {
      await pool.end();
      await database.drop();
    },
  };
}

export const STORES: readonly (readonly [string, () => Promise<StoresUnderTest>])[] = [
  ['memory', inMemory],
  ['PostgreSQL', inPostgres],
];

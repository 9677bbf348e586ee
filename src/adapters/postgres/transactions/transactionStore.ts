import type { Pool } from 'pg';
import type { TransactionId } from '../../../domain/ids';
import type { Resumption, TransactionRecord } from '../../../engine/transactions/record';
import type { TransactionStore } from '../../../engine/transactions/store';
import { runAlone } from '../pool';
import { type TransactionCodec, type TransactionRow, TransactionRows } from './transactionRows';
import {
  CLAIM_DUE,
  DEFER_TRANSACTION,
  READ_SETTLED_TRANSACTIONS,
  READ_TRANSACTIONS,
  SWEEP_AGE,
} from './transactionSql';

/** The records of transactions in PostgreSQL. */
export class PostgresTransactionStore<Q, R> implements TransactionStore<Q, R> {
  private readonly rows: TransactionRows<Q, R>;

  constructor(
    private readonly pool: Pool,
    codec: TransactionCodec<Q, R>,
  ) {
    this.rows = new TransactionRows(codec);
  }

  async read(ids: readonly TransactionId[]): Promise<TransactionRecord<Q, R>[]> {
    if (ids.length === 0) return [];
    const rows = await runAlone<TransactionRow>(this.pool, READ_TRANSACTIONS, [ids]);
    return rows.map((row) => this.rows.recordOf(row));
  }

  async readSettled(ids: readonly TransactionId[]): Promise<TransactionRecord<Q, R>[]> {
    const rows = await runAlone<TransactionRow>(this.pool, READ_SETTLED_TRANSACTIONS, [ids]);
    return rows.map((row) => this.rows.recordOf(row));
  }

  async defer(id: TransactionId, delayMs: number): Promise<number> {
    const [row] = await runAlone<{ attempts: number }>(this.pool, DEFER_TRANSACTION, [id, delayMs], 'writes');
    return row?.attempts ?? 0;
  }

  claimDue(limit: number, leaseMs: number, { isSchedules } = { isSchedules: true }): Promise<Resumption[]> {
    return runAlone<Resumption>(this.pool, CLAIM_DUE, [limit, leaseMs, isSchedules], 'writes');
  }

  async sweepAgeMs(): Promise<number> {
    const [row] = await runAlone<{ age_ms: number }>(this.pool, SWEEP_AGE, []);
    return row?.age_ms ?? Number.POSITIVE_INFINITY;
  }
}

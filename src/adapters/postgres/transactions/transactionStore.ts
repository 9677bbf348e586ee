import type { Pool } from 'pg';
import type { TransactionId } from '../../../domain/ids';
import type { Resumption, Settlement, TransactionRecord } from '../../../engine/transactions/record';
import type { SweepAges, TransactionStore } from '../../../engine/transactions/store';
import { type Left, NOTHING_LEFT } from '../../../engine/transactions/unanswered';
import { runAlone } from '../pool';
import { type TransactionCodec, type TransactionRow, TransactionRows } from './transactionRows';
import {
  CLAIM_DUE,
  DEFER_CALLS,
  DEFER_TRANSACTION,
  READ_TRANSACTIONS,
  READ_TRANSACTIONS_AT_REST,
  SETTLE_BRANCH,
  SWEEP_AGES,
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

  async readAtRest(ids: readonly TransactionId[]): Promise<TransactionRecord<Q, R>[]> {
    const rows = await runAlone<TransactionRow>(this.pool, READ_TRANSACTIONS_AT_REST, [ids]);
    return rows.map((row) => this.rows.recordOf(row));
  }

  async defer(id: TransactionId, delayMs: number, left: Left = NOTHING_LEFT): Promise<number> {
    const calls = leftColumns(left);
    const [row] = await runAlone<{ attempts: number }>(
      this.pool,
      calls ? DEFER_CALLS : DEFER_TRANSACTION,
      [id, delayMs, ...(calls ?? [])],
      'writes',
    );
    return row?.attempts ?? 0;
  }

  async settle(id: TransactionId, { branch, as, note, by }: Settlement): Promise<boolean> {
    const rows = await runAlone(this.pool, SETTLE_BRANCH, [id, branch, as, note, by ?? null], 'writes');
    return rows.length > 0;
  }

  claimDue(limit: number, leaseMs: number, { isSchedules } = { isSchedules: true }): Promise<Resumption[]> {
    return runAlone<Resumption>(this.pool, CLAIM_DUE, [limit, leaseMs, isSchedules], 'writes');
  }

  async sweepAges(): Promise<SweepAges> {
    const [row] = await runAlone<SweepAges>(this.pool, SWEEP_AGES, []);
    return row ?? { scheduledMs: Number.POSITIVE_INFINITY, lookedMs: Number.POSITIVE_INFINITY };
  }
}

/** One array for each column; undefined when nothing is left. */
function leftColumns({ unanswered, confirmed }: Left): readonly (readonly unknown[])[] | undefined {
  if (unanswered.length + confirmed.length === 0) return undefined;
  const rows = [
    ...unanswered.map(({ branch, call, attempts, error, delayMs }) => [branch, null, call, attempts, error, delayMs]),
    ...confirmed.map(({ branch, as }) => [branch, as, null, 0, null, null]),
  ];
  return [0, 1, 2, 3, 4, 5].map((column) => rows.map((row) => row[column]));
}

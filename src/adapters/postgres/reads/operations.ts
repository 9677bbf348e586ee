import type { TransactionRecord } from '../../../engine/transactions/record';
import { type TransactionCodec, type TransactionRow, TransactionRows } from '../transactions/transactionRows';
import { RECORD } from '../transactions/transactionSql';
import type { ReadPool } from './readPool';

/** What operators look at: transactions that take too long, or have stopped. */
export class PostgresOperations<Q, R> {
  private readonly rows: TransactionRows<Q, R>;

  constructor(
    private readonly pool: ReadPool,
    codec: TransactionCodec<Q, R>,
  ) {
    this.rows = new TransactionRows(codec);
  }

  /** Those that failed, and those that are unfinished after `olderThanMs`; the oldest first. */
  async stuck(olderThanMs: number, limit: number): Promise<readonly TransactionRecord<Q, R>[]> {
    const rows = await this.pool.rows<TransactionRow>(STUCK, { olderThanMs, limit });
    return rows.map((row) => this.rows.recordOf(row));
  }

  /** Unfinished transactions by status, those that failed too, and the age of the oldest of each. */
  async pending(): Promise<readonly { status: string; count: number; oldestSeconds: number }[]> {
    const rows = await this.pool.rows<{ status: string; count: bigint; oldest: string }>(PENDING, {});
    return rows.map(({ status, count, oldest }) => ({ status, count: Number(count), oldestSeconds: Number(oldest) }));
  }
}

const STUCK = `
select ${RECORD} from transactions t
where finished_at is null
  and (status = 'failed'
       or status <> 'authorized' and created_at < clock_timestamp() - cast(:olderThanMs as float8) * interval '1 millisecond')
order by t.id
limit :limit`;

const PENDING = `
select status, count(*) as count, extract(epoch from clock_timestamp() - min(created_at)) as oldest
from transactions
where finished_at is null
group by status`;

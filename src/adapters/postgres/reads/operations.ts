import type { TransactionId } from '../../../domain/ids';
import type { OpenForeignBranch, Page, WaitingCalls } from '../../../engine/reads';
import type { TransactionRecord } from '../../../engine/transactions/record';
import type { CallType } from '../../../engine/transactions/unanswered';
import { type TransactionCodec, type TransactionRow, TransactionRows } from '../transactions/transactionRows';
import { RECORD } from '../transactions/transactionSql';
import { openForeign } from './openForeign';
import type { ReadPool } from './readPool';

/** The reads of operators: transactions that take too long, or have stopped. */
export class PostgresOperations<Q, R> {
  private readonly rows: TransactionRows<Q, R>;

  constructor(
    private readonly pool: ReadPool,
    codec: TransactionCodec<Q, R>,
  ) {
    this.rows = new TransactionRows(codec);
  }

  /** Transactions that failed, or are unfinished after `olderThanMs`; the oldest first. */
  async stuck(
    olderThanMs: number,
    limit: number,
    after: TransactionId = FIRST_ID,
  ): Promise<Page<TransactionRecord<Q, R>, TransactionId>> {
    const rows = await this.pool.rows<TransactionRow>(STUCK, { olderThanMs, limit: limit + 1, after });
    const items = rows.slice(0, limit).map((row) => this.rows.recordOf(row));
    const last = items.at(-1);
    return { items, ...(rows.length > limit && last && { next: last.state.id }) };
  }

  /** Prepared branches of other coordinators; see {@link openForeign}. */
  openForeign(limit: number, after?: string): Promise<Page<OpenForeignBranch, string>> {
    return openForeign(this.pool, limit, after);
  }

  /**
   * The calls to remote branches that wait for a retry, by participant: their number, and the one that waits longest.
   */
  async waitingCalls(): Promise<readonly WaitingCalls[]> {
    const rows = await this.pool.rows<WaitingRow>(WAITING, {});
    return rows.map(
      ({ participant, count, seconds, since, next_at, transaction_id, branch, call, attempts, error }) => ({
        participant,
        count: Number(count),
        oldestSeconds: Number(seconds),
        oldest: {
          transactionId: transaction_id,
          branch,
          call,
          attempts,
          error: error ?? '',
          since: since.toISOString(),
          nextAt: next_at.toISOString(),
        },
      }),
    );
  }

  /** Unfinished transactions by status, including failed ones, with the age of the oldest of each. */
  async pending(): Promise<readonly { status: string; count: number; oldestSeconds: number }[]> {
    const rows = await this.pool.rows<{ status: string; count: bigint; oldest: string }>(PENDING, {});
    return rows.map(({ status, count, oldest }) => ({ status, count: Number(count), oldestSeconds: Number(oldest) }));
  }
}

interface WaitingRow {
  readonly participant: string;
  readonly count: bigint;
  readonly seconds: string;
  readonly since: Date;
  readonly next_at: Date;
  readonly transaction_id: string;
  readonly branch: string;
  readonly call: CallType;
  readonly attempts: number;
  readonly error: string | null;
}

/** The id of a participant's branch is `participants/NAME/BRANCH`. */
const WAITING = `
select distinct on (participant) participant, count(*) over (partition by participant) as count,
  extract(epoch from clock_timestamp() - since) as seconds, since, next_attempt_at as next_at, transaction_id, branch, call, attempts, error
from (
  select split_part(c.branch, '/', 2) as participant, split_part(c.branch, '/', 3) as branch, c.transaction_id, c.call, c.attempts,
    c.error, c.since, c.next_attempt_at
  from transactions t join branch_calls c on c.transaction_id = t.id
  where t.finished_at is null and c.confirmed is null and c.call is not null
) waiting
order by participant, since`;

const FIRST_ID = '00000000-0000-0000-0000-000000000000';

const STUCK = `
select ${RECORD} from transactions t
where finished_at is null and t.id > cast(:after as uuid)
  and (status = 'failed'
       or status <> 'authorized' and created_at < clock_timestamp() - cast(:olderThanMs as float8) * interval '1 millisecond')
order by t.id
limit :limit`;

const PENDING = `
select status, count(*) as count, extract(epoch from clock_timestamp() - min(created_at)) as oldest
from transactions
where finished_at is null
group by status`;

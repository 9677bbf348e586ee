import type { AccountId, TransactionId } from '../../domain/ids';
import type { TransactionRecord } from '../../engine/ports';
import type { History, JournalRow, Page, TransactionFilter } from '../../engine/reads';
import type { ReadPool } from './readPool';
import { type TransactionCodec, type TransactionRow, TransactionRows } from './transactionRows';
import { RECORD } from './transactionSql';

export interface EntryRow {
  readonly seq: bigint;
  readonly kind: JournalRow['kind'];
  readonly amount: bigint;
  readonly balance_after: bigint;
  readonly transaction_id: string | null;
  readonly description: string | null;
  readonly occurred_at: Date;
}

/** Looks back over transactions and journals. Ids are UUIDs of version 7, so that their order is that of creation. */
export class PostgresHistory<Q, R> implements History<Q, R> {
  private readonly rows: TransactionRows<Q, R>;

  constructor(
    private readonly pool: ReadPool,
    codec: TransactionCodec<Q, R>,
  ) {
    this.rows = new TransactionRows(codec);
  }

  async transactions(
    filter: TransactionFilter,
    limit: number,
    after?: TransactionId,
  ): Promise<Page<TransactionRecord<Q, R>, TransactionId>> {
    const { status = null, account = null, origin = null } = filter;
    const party = origin ?? account;
    const rows = await this.pool.rows<TransactionRow>(party === null ? ALL : OF_ACCOUNT, {
      ...(party !== null && { party }),
      status,
      account,
      origin,
      after: after ?? LAST_ID,
      limit: limit + 1,
    });
    const items = rows.slice(0, limit).map((row) => this.rows.recordOf(row));
    const last = items.at(-1);
    return { items, ...(rows.length > limit && last && { next: last.state.id }) };
  }

  async entries(account: AccountId, limit: number, after?: number): Promise<Page<JournalRow, number> | undefined> {
    const rows = await this.pool.rows<EntryRow>(ENTRIES, {
      account,
      after: after ?? Number.MAX_SAFE_INTEGER,
      limit: limit + 1,
    });
    if (rows.length === 0) {
      const accounts = await this.pool.rows('select from accounts where id = :account', { account });
      return accounts.length === 0 ? undefined : { items: [] };
    }
    const items = rows.slice(0, limit).map(journalRowOf);
    const last = items.at(-1);
    return { items, ...(rows.length > limit && last && { next: last.seq }) };
  }
}

const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

const FILTERED = `
  and (cast(:status as text) is null or status = :status)
  and (cast(:account as text) is null or branches @> array[cast(:account as text)])
  and (cast(:origin as text) is null or query ->> 'origin' = :origin)`;

const ALL = `
select ${RECORD} from transactions
where id < cast(:after as uuid) ${FILTERED}
order by id desc
limit :limit`;

/**
 * The branches of an account lead to its transactions in their order. What is not finished may not have its branches
 * yet; it is found by an index that holds nothing else.
 */
const OF_ACCOUNT = `
with own as (
  (select transaction_id as id
   from account_branches b join transactions t on t.id = b.transaction_id
   where account_id = :party and transaction_id < cast(:after as uuid) ${FILTERED}
   order by transaction_id desc
   limit :limit)
  union
  (select id from transactions
   where finished_at is null and branches @> array[cast(:party as text)]
     and id < cast(:after as uuid) ${FILTERED})
)
select ${RECORD} from transactions where id in (select id from own)
order by id desc
limit :limit`;

const ENTRIES = `
select seq, kind, amount, balance_after, transaction_id, description, occurred_at
from journal
where account_id = :account and seq < :after
order by seq desc
limit :limit`;

export function journalRowOf(row: EntryRow): JournalRow {
  return {
    seq: Number(row.seq),
    kind: row.kind,
    amount: row.amount,
    balanceAfter: row.balance_after,
    ...(row.transaction_id !== null && { transactionId: row.transaction_id }),
    ...(row.description !== null && { description: row.description }),
    occurredAt: row.occurred_at.toISOString(),
  };
}

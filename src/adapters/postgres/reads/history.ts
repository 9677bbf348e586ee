import type { AccountId, TransactionId } from '../../../domain/ids';
import type {
  AccountRecord,
  EntryFilter,
  FoundKey,
  History,
  JournalRow,
  OpenHold,
  Page,
  TransactionFilter,
} from '../../../engine/reads';
import type { TransactionRecord } from '../../../engine/transactions/record';
import type { AccountRow } from '../journal/load';
import { type TransactionCodec, type TransactionRow, TransactionRows } from '../transactions/transactionRows';
import { RECORD } from '../transactions/transactionSql';
import { FOREIGN_NAME, type ForeignColumns, foreignOf } from './foreignName';
import { HOLDS, type HoldRow, holdOf } from './holds';
import { KEYS, type KeyRow, keyOf } from './keys';
import type { ReadPool } from './readPool';

export interface EntryRow extends ForeignColumns {
  readonly seq: bigint;
  readonly kind: JournalRow['kind'];
  readonly amount: bigint;
  readonly posting: number | null;
  readonly balance_after: bigint;
  readonly metadata: unknown;
  readonly requested_by: string | null;
  readonly transaction_id: string | null;
  readonly description: string | null;
  readonly occurred_at: Date;
  readonly expires_at: Date | null;
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
    const { status = null, account = null, origin = null, from = null, to = null, metadata } = filter;
    const party = origin ?? account;
    const rows = await this.pool.rows<TransactionRow>(party === null ? ALL : OF_ACCOUNT, {
      ...(party !== null && { party }),
      status,
      account,
      origin,
      from,
      to,
      metadata: metadata ? JSON.stringify(metadata) : null,
      typed: metadata ? JSON.stringify(typed(metadata)) : null,
      after: after ?? LAST_ID,
      limit: limit + 1,
    });
    const items = rows.slice(0, limit).map((row) => this.rows.recordOf(row));
    const last = items.at(-1);
    return { items, ...(rows.length > limit && last && { next: last.state.id }) };
  }

  async entries(
    account: AccountId,
    { kind, from, to }: EntryFilter,
    limit: number,
    after?: number,
  ): Promise<Page<JournalRow, number> | undefined> {
    const last = to === undefined ? Number.MAX_SAFE_INTEGER : await this.seqBefore(account, to);
    const first = from === undefined ? 0 : await this.seqBefore(account, from);
    const rows = await this.pool.rows<EntryRow>(ENTRIES, {
      account,
      kind: kind ?? null,
      first,
      before: Math.min(after ?? Number.MAX_SAFE_INTEGER, last + 1),
      limit: limit + 1,
    });
    if (rows.length === 0 && !(await this.account(account))) return undefined;
    const items = rows.slice(0, limit).map(journalRowOf);
    const end = items.at(-1);
    return { items, ...(rows.length > limit && end && { next: end.seq }) };
  }

  async holds(account: AccountId, limit: number, after?: number): Promise<Page<OpenHold, number> | undefined> {
    const before = after ?? Number.MAX_SAFE_INTEGER;
    const rows = await this.pool.rows<HoldRow>(HOLDS, { account, before, limit: limit + 1 });
    if (rows.length === 0 && !(await this.account(account))) return undefined;
    const items = rows.slice(0, limit).map(holdOf);
    const end = items.at(-1);
    return { items, ...(rows.length > limit && end && { next: end.seq }) };
  }

  async keys(key: string, limit: number): Promise<readonly FoundKey[]> {
    const rows = await this.pool.rows<KeyRow>(KEYS, { key, limit });
    return rows.map(keyOf);
  }

  async accounts(limit: number, after?: AccountId): Promise<Page<AccountRecord, AccountId>> {
    const rows = await this.pool.rows<AccountDetailsRow>(ACCOUNTS, { after: after ?? '', limit: limit + 1 });
    const items = rows.slice(0, limit).map(accountOf);
    const last = items.at(-1);
    return { items, ...(rows.length > limit && last && { next: last.id }) };
  }

  async account(id: AccountId): Promise<AccountRecord | undefined> {
    const [row] = await this.pool.rows<AccountDetailsRow>(ACCOUNT, { id });
    return row && accountOf(row);
  }

  async accountAt(
    id: AccountId,
    at: string,
  ): Promise<Pick<AccountRecord, 'balance' | 'held' | 'incoming'> | undefined> {
    const seq = await this.seqBefore(id, at, true);
    const [row] = await this.pool.rows<AccountDetailsRow>(AT_SEQ, { id, seq });
    return row && { balance: row.balance_after, held: row.held_after, incoming: row.incoming_after };
  }

  /**
   * The last entry of an account before an instant, or at it; 0 when there is none. Entries have no index by their time, but
   * their times grow with their numbers: the place is found by halving.
   */
  private async seqBefore(account: AccountId, instant: string, including = false): Promise<number> {
    const [row] = await this.pool.rows<{ seq: bigint }>(SEQ_BEFORE, { account, instant, including });
    return Number(row?.seq ?? 0n);
  }
}

const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

const FILTERED = `
  and (cast(:status as text) is null or status = :status)
  and (cast(:account as text) is null or branches @> array[cast(:account as text)])
  and (cast(:origin as text) is null or query @> jsonb_build_object('postings',
         jsonb_build_array(jsonb_build_object('origin', cast(:origin as text)))))
  and (cast(:from as timestamptz) is null or created_at >= cast(:from as timestamptz))
  and (cast(:to as timestamptz) is null or created_at < cast(:to as timestamptz))
  and (cast(:metadata as jsonb) is null or t.metadata @> cast(:metadata as jsonb) or t.metadata @> cast(:typed as jsonb))`;

const ALL = `
select ${RECORD} from transactions t
where t.id < cast(:after as uuid) ${FILTERED}
order by t.id desc
limit :limit`;

/**
 * The journal of an account leads to its transactions in their order, the refusals to those that left nothing in it. What
 * is not finished may not have its branches yet; it is found by an index that holds nothing else.
 */
const OF_ACCOUNT = `
with own as (
  (select distinct transaction_id as id
   from journal b join transactions t on t.id = b.transaction_id
   where b.account_id = :party and b.transaction_id < cast(:after as uuid) ${FILTERED}
   order by transaction_id desc
   limit :limit)
  union
  (select r.transaction_id as id
   from refusals r join transactions t on t.id = r.transaction_id
   where r.account_id = :party and r.transaction_id < cast(:after as uuid) ${FILTERED}
   order by r.transaction_id desc
   limit :limit)
  union
  (select id from transactions t
   where finished_at is null and branches @> array[cast(:party as text)]
     and id < cast(:after as uuid) ${FILTERED})
)
select ${RECORD} from transactions t where t.id in (select id from own)
order by t.id desc
limit :limit`;

/** The columns of an EntryRow, of journal rows `j` with {@link ENTRY_JOINS}; the caller of a transfer is the caller of its entries. */
export const ENTRY = `
  seq, kind, j.amount, posting, balance_after, transaction_id, description, j.metadata,
  coalesce(j.requested_by, t.requested_by, f.caller) as requested_by, occurred_at, ${FOREIGN_NAME},
  case when kind in ('hold', 'expect') then t.expires_at end as expires_at`;

export const ENTRY_JOINS = `
  left join transactions t on t.id = j.transaction_id
  left join foreign_branches f on f.id = j.transaction_id`;

const ENTRIES = `
select ${ENTRY} from journal j ${ENTRY_JOINS}
where j.account_id = :account and seq > cast(:first as bigint) and seq < cast(:before as bigint)
  and kind not in ('tombstone', 'carry') and (cast(:kind as text) is null or kind = :kind)
order by seq desc
limit :limit`;

/** A range of numbers is halved until one is left: the number of steps grows with the logarithm of the entries. */
const SEQ_BEFORE = `
with recursive halves as (
  select 0::bigint as low, coalesce((select max(seq) from journal where account_id = :account), 0) as high
  union all
  select case when hit then middle else low end, case when hit then high else middle - 1 end
  from (
    select low, high, middle,
      (select case when :including then occurred_at <= cast(:instant as timestamptz)
                   else occurred_at < cast(:instant as timestamptz) end
       from journal where account_id = :account and seq = middle) as hit
    from (select low, high, (low + high + 1) / 2 as middle from halves where low < high) h
  ) looked
)
select low as seq from halves where low = high`;

interface AccountDetailsRow extends AccountRow {
  readonly id: string;
  readonly opened_at: Date;
  readonly closed_at: Date | null;
}

const DETAILS = `
select a.id, a.currency, a.overdraft_limit, a.frozen, a.opened_at, a.closed_at, l.balance_after, l.held_after, l.incoming_after
from accounts a
join lateral (
  select balance_after, held_after, incoming_after from journal j where j.account_id = a.id order by seq desc limit 1
) l on true`;

/** Ids with a slash are the service's own. */
const ACCOUNTS = `${DETAILS} where a.id > :after and a.id !~ '/' order by a.id limit :limit`;
const ACCOUNT = `${DETAILS} where a.id = :id`;
const AT_SEQ = 'select balance_after, held_after, incoming_after from journal where account_id = :id and seq = :seq';

function accountOf(row: AccountDetailsRow): AccountRecord {
  return {
    id: row.id,
    balance: row.balance_after,
    held: row.held_after,
    incoming: row.incoming_after,
    terms: {
      currency: row.currency ?? undefined,
      overdraftLimit: row.overdraft_limit,
      frozen: row.frozen ?? undefined,
    },
    openedAt: row.opened_at.toISOString(),
    ...(row.closed_at && { closedAt: row.closed_at.toISOString() }),
  };
}

/** A value that reads as a number, true, false or null may have been meant as that. */
function typed(metadata: Readonly<Record<string, string>>): object {
  return Object.fromEntries(
    Object.entries(metadata).map(([key, value]) => [key, LITERAL.test(value) ? JSON.parse(value) : value]),
  );
}

const LITERAL = /^(-?(0|[1-9]\d{0,14})(\.\d{1,6})?|true|false|null)$/;

export function journalRowOf(row: EntryRow): JournalRow {
  return {
    seq: Number(row.seq),
    kind: row.kind,
    amount: row.amount,
    balanceAfter: row.balance_after,
    ...(row.transaction_id !== null && { transactionId: row.transaction_id }),
    ...foreignOf(row),
    ...((row.kind === 'spend' || row.kind === 'receive') && { posting: row.posting ?? 0 }),
    ...(row.requested_by !== null && { requestedBy: row.requested_by }),
    ...(row.metadata !== null && { metadata: row.metadata }),
    ...(row.description !== null && { description: row.description }),
    occurredAt: row.occurred_at.toISOString(),
    ...(row.expires_at !== null && { expiresAt: row.expires_at.toISOString() }),
  };
}

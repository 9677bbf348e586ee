import type { JournalRow } from '../../../engine/reads';
import { FOREIGN_NAME, type ForeignColumns, foreignOf } from './foreignName';

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

/**
 * The columns of an EntryRow, of journal rows `j` with {@link ENTRY_JOINS}. The caller of a transfer is the caller of
 * its entries.
 */
export const ENTRY = `
  seq, kind, j.amount, posting, balance_after, transaction_id, description, j.metadata,
  coalesce(j.requested_by, t.requested_by, f.caller) as requested_by, occurred_at, ${FOREIGN_NAME},
  case when kind in ('hold', 'expect') then t.expires_at end as expires_at`;

export const ENTRY_JOINS = `
  left join transactions t on t.id = j.transaction_id
  left join foreign_branches f on f.id = j.transaction_id`;

export const ENTRIES = `
select ${ENTRY} from journal j ${ENTRY_JOINS}
where j.account_id = :account and seq > cast(:first as bigint) and seq < cast(:before as bigint)
  and kind not in ('tombstone', 'carry') and (cast(:kind as text) is null or kind = :kind)
order by seq desc
limit :limit`;

/** Binary search over entry numbers: the number of steps grows with the logarithm of the entries. */
export const SEQ_BEFORE = `
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

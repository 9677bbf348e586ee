import type { TransactionStatus } from '../../../domain/transaction/state';
import type { OpenHold } from '../../../engine/reads';
import { FOREIGN_NAME, type ForeignColumns, foreignOf } from './foreignName';

export interface HoldRow extends ForeignColumns {
  readonly seq: bigint;
  readonly kind: 'hold' | 'expect';
  readonly amount: bigint;
  readonly occurred_at: Date;
  readonly transaction_id: string;
  readonly status: TransactionStatus | null;
  readonly expires_at: Date | null;
  readonly requested_by: string | null;
}

/**
 * The entry at which the oldest open branch of an account began or was carried on; null without an open branch. Most
 * accounts have no open branch at most times, and PostgreSQL takes long to plan {@link HOLDS}.
 */
export const OPEN_SINCE = `
select l.open_since from accounts a
join lateral (select open_since from journal j where j.account_id = a.id order by seq desc limit 1) l on true
where a.id = :account`;

/**
 * The open branches of an account. The account's last row names the entry at which the oldest of them began or was
 * carried on, so the cost does not grow with the account's history. The rows that promised a carried-on branch
 * lie further back; its transaction id finds them. No join depends on PostgreSQL's row estimates: without statistics it
 * would compare each open branch with each other one.
 */
export const HOLDS = `
with last as (
  select open_since from journal where account_id = :account order by seq desc limit 1
), ranged as materialized (
  select seq, kind, amount, occurred_at, transaction_id,
    bool_and(kind in ('hold', 'expect', 'carry')) over (partition by transaction_id) as is_open
  from journal j, last
  where j.account_id = :account and j.seq >= last.open_since and j.transaction_id is not null
), promised as (
  select seq, kind, amount, occurred_at, transaction_id from ranged where is_open and kind <> 'carry'
  union all
  select b.seq, b.kind, b.amount, b.occurred_at, b.transaction_id
  from ranged r
  cross join lateral (
    select seq, kind, amount, occurred_at, transaction_id from journal
    where account_id = :account and transaction_id = r.transaction_id and ended_at_once is null and kind in ('hold', 'expect')
    offset 0
  ) b
  where r.is_open and r.kind = 'carry'
), page as materialized (
  select * from promised where seq < cast(:before as bigint) order by seq desc limit :limit
)
select p.seq, p.kind, p.amount, p.occurred_at, p.transaction_id, t.status, t.expires_at,
  coalesce(t.requested_by, f.caller) as requested_by, ${FOREIGN_NAME}
from page p
left join transactions t on t.id = p.transaction_id
left join foreign_branches f on f.id = p.transaction_id
order by p.seq desc`;

export function holdOf(row: HoldRow): OpenHold {
  return {
    seq: Number(row.seq),
    transactionId: row.transaction_id,
    ...foreignOf(row),
    kind: row.kind,
    amount: row.amount,
    since: row.occurred_at.toISOString(),
    ...(row.status !== null && { status: row.status }),
    ...(row.expires_at !== null && { expiresAt: row.expires_at.toISOString() }),
    ...(row.requested_by !== null && { requestedBy: row.requested_by }),
  };
}

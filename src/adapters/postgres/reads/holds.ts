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
 * The open branches of an account. Its last row names the entry at which the oldest of them began, or was carried on, so
 * that what is read does not grow with the account's history; the rows that promised are then found by their transaction.
 */
export const HOLDS = `
with last as (
  select open_since from journal where account_id = :account order by seq desc limit 1
), open as materialized (
  select transaction_id from journal j, last
  where j.account_id = :account and j.seq >= last.open_since and j.transaction_id is not null
  group by transaction_id
  having bool_and(j.kind in ('hold', 'expect', 'carry'))
)
select j.seq, j.kind, j.amount, j.occurred_at, j.transaction_id, t.status, t.expires_at,
  coalesce(t.requested_by, f.caller) as requested_by, ${FOREIGN_NAME}
from open
join journal j on j.account_id = :account and j.transaction_id = open.transaction_id and j.kind in ('hold', 'expect')
left join transactions t on t.id = j.transaction_id
left join foreign_branches f on f.id = j.transaction_id
where j.seq < cast(:before as bigint)
order by j.seq desc
limit :limit`;

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

import type { Frozen } from '../../../domain/account/state';
import type { AccountRecord } from '../../../engine/reads';

export interface AccountDetailsRow {
  readonly id: string;
  readonly currency: string | null;
  readonly overdraft_limit: bigint;
  readonly frozen: Frozen | null;
  readonly seq: bigint;
  readonly balance_after: bigint;
  readonly held_after: bigint;
  readonly incoming_after: bigint;
  readonly opened_at: Date;
  readonly closed_at: Date | null;
}

const DETAILS = `
select a.id, a.currency, a.overdraft_limit, a.frozen, a.opened_at, a.closed_at, l.seq, l.balance_after, l.held_after, l.incoming_after
from accounts a
join lateral (
  select seq, balance_after, held_after, incoming_after from journal j where j.account_id = a.id order by seq desc limit 1
) l on true`;

/** Ids with a slash are the service's own. */
export const ACCOUNTS = `${DETAILS} where a.id > :after and a.id !~ '/' order by a.id limit :limit`;
export const ACCOUNT = `${DETAILS} where a.id = :id`;
export const AT_SEQ =
  'select balance_after, held_after, incoming_after from journal where account_id = :id and seq = :seq';

export function accountOf(row: AccountDetailsRow): AccountRecord {
  return {
    id: row.id,
    lastSeq: Number(row.seq),
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

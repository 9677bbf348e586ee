import type { Pool } from 'pg';
import type { AccountEvent } from '../../../domain/account/events';
import { evolve, replay } from '../../../domain/account/evolve';
import {
  ABSENT,
  type AccountBranchState,
  type AccountState,
  type AccountTerms,
  type Frozen,
  PLAIN_TERMS,
} from '../../../domain/account/state';
import type { AccountId } from '../../../domain/ids';
import type { AccountSnapshot, LoadedBranch } from '../../../engine/journal/entries';
import type { BranchOf } from '../../../engine/journal/store';
import { runAlone } from '../pool';
import { textArray } from './columns';

/** The last row of an account, with its terms. */
interface AccountRow {
  /** None: the account has no rows. */
  readonly seq: bigint | null;
  readonly balance_after: bigint;
  /** Null stands for 0, here and in `incoming_after`. */
  readonly held_after: bigint | null;
  readonly incoming_after: bigint | null;
  readonly open_since: bigint | null;
  readonly currency: string | null;
  /** None: the account was never opened. */
  readonly overdraft_limit: bigint | null;
  readonly frozen: Frozen | null;
  readonly closed_at: Date | null;
}

export interface EventRow {
  readonly kind: AccountEvent['kind'];
  readonly amount: bigint;
  readonly promised: bigint | null;
  readonly posting: number | null;
  readonly transaction_id: string | null;
}

/**
 * The last row of an account has its terms, if the account was open then and no earlier version wrote the row. So most
 * loads leave `accounts` alone: where accounts are many, each row that is looked up has a page of its own. A null costs
 * next to nothing on the way, so zeros that most accounts have are sent as null.
 */
const LOAD = {
  name: 'load_accounts',
  text: `
select ord::int as ord, seq, balance_after, nullif(held_after, 0) as held_after, nullif(incoming_after, 0) as incoming_after, open_since,
       coalesce(currency_after, currency) as currency, coalesce(overdraft_limit_after, overdraft_limit) as overdraft_limit,
       coalesce(frozen_after, frozen) as frozen, closed_at
from unnest($1::text[]) with ordinality as wanted(wanted_id, ord)
left join lateral (
  select seq, balance_after, held_after, incoming_after, open_since, currency_after, overdraft_limit_after, frozen_after
  from journal where account_id = wanted_id order by seq desc limit 1
) last on true
left join accounts on id = case when overdraft_limit_after is null then wanted_id end`,
};

/** Rows never change, so all rows up to the last one read are of the same instant. */
const LOAD_OPEN = {
  name: 'load_open_branches',
  text: `
select ord::int as ord, seq, kind, amount, promised, posting, transaction_id
from unnest($1::text[], $2::bigint[], $3::bigint[]) with ordinality as wanted(wanted_id, since, last, ord)
join lateral (
  select seq, kind, amount, promised, posting, transaction_id from journal
  where account_id = wanted_id and seq between since and last and transaction_id is not null order by seq
) e on true`,
};

/**
 * Leaves out the promises of a branch that was committed at once: its end tells its state. So the index of branches has
 * every row that is read. A join with an `order by` of its own would be planned on the primary key while the journal is
 * empty, and that plan reads the whole history of the account.
 */
export const READ_BRANCHES = {
  name: 'read_branches',
  text: `
select ord::int as ord, kind, amount, promised, posting, e.transaction_id
from unnest($1::text[], $2::uuid[]) with ordinality as wanted(wanted_id, wanted_transaction, ord)
join journal e on account_id = wanted_id and e.transaction_id = wanted_transaction and ended_at_once is null
order by ord, seq`,
};

/**
 * Loads the accounts as of their last rows, with the branches that are open then. The cost does not grow with their
 * history.
 */
export async function loadAccounts(pool: Pool, accounts: readonly AccountId[]): Promise<readonly AccountSnapshot[]> {
  const rows = await runAlone<AccountRow & { ord: number }>(pool, LOAD, [textArray(accounts)]);
  const snapshots: AccountSnapshot[] = accounts.map(() => ({ state: ABSENT, seq: 0, branches: [] }));
  const open: { index: number; since: bigint; last: bigint }[] = [];
  for (const row of rows) {
    const index = row.ord - 1;
    snapshots[index] = { state: stateOf(row), seq: Number(row.seq ?? 0n), branches: [] };
    if (row.open_since !== null) open.push({ index, since: row.open_since, last: row.seq ?? 0n });
  }
  if (open.length === 0) return snapshots;
  const events = await runAlone<EventRow & { ord: number; seq: bigint }>(pool, LOAD_OPEN, [
    open.map(({ index }) => accounts[index]),
    open.map(({ since }) => since),
    open.map(({ last }) => last),
  ]);
  open.forEach(({ index }, at) => {
    const snapshot = snapshots[index];
    if (snapshot)
      snapshots[index] = { ...snapshot, branches: openBranches(events.filter(({ ord }) => ord === at + 1)) };
  });
  return snapshots;
}

function openBranches(rows: readonly (EventRow & { seq: bigint })[]): readonly LoadedBranch[] {
  const { branches } = replay(rows.map(eventOf));
  const open: LoadedBranch[] = [];
  for (const [transactionId, branch] of branches) {
    if (branch.state !== 'prepared') continue;
    open.push({ ...branch, transactionId, since: beganAt(rows, transactionId) });
  }
  return open.toSorted((a, b) => a.since - b.since);
}

/** A branch that was carried on begins at the row that carried it on. */
function beganAt(rows: readonly (EventRow & { seq: bigint })[], transactionId: string): number {
  const own = rows.filter((row) => row.transaction_id === transactionId);
  const carried = own.findLast(({ kind }) => kind === 'carry');
  return Number((carried ?? own[0])?.seq ?? 0n);
}

export async function readBranches(
  pool: Pool,
  branches: readonly BranchOf[],
): Promise<readonly (AccountBranchState | undefined)[]> {
  const rows = await runAlone<EventRow & { ord: number }>(pool, READ_BRANCHES, [
    branches.map(({ account }) => account),
    branches.map(({ transactionId }) => transactionId),
  ]);
  const states: (AccountBranchState | undefined)[] = branches.map(() => undefined);
  for (const row of rows) {
    const branch = states[row.ord - 1];
    states[row.ord - 1] = evolve({ account: ABSENT, branch }, eventOf(row)).branch;
  }
  return states;
}

function stateOf(row: AccountRow): AccountState {
  if (row.overdraft_limit === null) return ABSENT;
  const terms = termsOf(row.currency, row.overdraft_limit, row.frozen);
  if (row.closed_at !== null) return { status: 'closed', terms };
  const { balance_after: balance, held_after: held, incoming_after: incoming } = row;
  return { status: 'open', balance, held: held ?? 0n, incoming: incoming ?? 0n, terms };
}

/** Most accounts share one object. */
function termsOf(currency: string | null, overdraftLimit: bigint, frozen: Frozen | null): AccountTerms {
  if (currency === null && overdraftLimit === 0n && frozen === null) return PLAIN_TERMS;
  return { currency: currency ?? undefined, overdraftLimit, frozen: frozen ?? undefined };
}

/** Turns a journal row into its event. The account's own row holds the terms. */
export function eventOf({ kind, amount, promised, posting, transaction_id }: EventRow): AccountEvent {
  const transactionId = transaction_id ?? '';
  switch (kind) {
    case 'deposit':
    case 'withdraw':
      return { kind, amount };
    case 'hold':
    case 'expect':
    case 'release':
    case 'cancel':
      return { kind, amount, transactionId };
    case 'spend':
    case 'receive':
      return { kind, amount, transactionId, promised: promised ?? amount, posting: posting ?? 0 };
    case 'tombstone':
      return { kind, transactionId };
    case 'carry':
      return { kind, amount, transactionId, promised: promised ?? amount };
    case 'opened':
    case 'terms':
      return { kind, terms: { currency: undefined, overdraftLimit: 0n, frozen: undefined } };
    case 'closed':
      return { kind };
  }
}

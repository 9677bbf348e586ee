import type { Statement } from '../pool';

/** ISO 8601 in UTC, as everywhere in stored JSON. */
const iso = (instant: string): string => `to_char(${instant} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** The calls to remote branches of an unfinished transaction `t`; none while all of them have answered. */
const CALLS = `
  case when finished_at is null then (
    select jsonb_agg(jsonb_build_object('branch', c.branch, 'confirmed', c.confirmed, 'call', c.call, 'attempts', c.attempts,
      'error', c.error, 'since', ${iso('c.since')}, 'nextAt', ${iso('c.next_attempt_at')},
      'nextInMs', extract(epoch from c.next_attempt_at - clock_timestamp()) * 1000) order by c.branch)
    from branch_calls c where c.transaction_id = t.id) end as calls`;

/**
 * The progress of each branch of an unfinished transaction `t`, from the last row of the branch. The sum keeps a plan made
 * on an empty journal from reading the history of the account in the order of the primary key.
 */
const PROGRESS = `
  case when finished_at is null then array(
    select coalesce((
      select case kind when 'hold' then 'prepared' when 'expect' then 'prepared' when 'carry' then 'prepared'
                       when 'spend' then 'committed' when 'receive' then 'committed' else 'aborted' end
      from journal j
      where j.account_id = b.branch and j.transaction_id = t.id and j.ended_at_once is null
      order by seq + 0 desc limit 1), 'none')
    from unnest(branches) with ordinality as b(branch, n) order by n) end as progress`;

/** The columns of a TransactionRow, of transactions `t`. */
export const RECORD = `
  t.id, type, query, branches, asked_first, metadata, requested_by, status, reason, errors, votes, history, attempts,
  deadline_at, expires_at,
  extract(epoch from case status when 'authorized' then expires_at else deadline_at end - clock_timestamp()) * 1000 as remaining_ms,
  created_at, decided_at, finished_at, ${PROGRESS}, ${CALLS}`;

export const READ_TRANSACTIONS: Statement = {
  name: 'read_transactions',
  text: `select ${RECORD} from unnest($1::uuid[]) as wanted(wanted_id) join transactions t on t.id = wanted_id`,
};

/** Polled repeatedly for the same ids. A pending transaction is no answer, so its record is not built. */
export const READ_TRANSACTIONS_AT_REST: Statement = {
  name: 'read_transactions_at_rest',
  text: `${READ_TRANSACTIONS.text} where status in ('committed', 'aborted', 'failed', 'authorized')`,
};

/** Skips a row that another session has locked; the sweep finds it again. */
const DEFER = `
update transactions
set attempts = attempts + 1, next_attempt_at = clock_timestamp() + $2::float8 * interval '1 millisecond'
where id = (select id from transactions where id = $1 and status in ('preparing', 'committing', 'aborting')
            for no key update skip locked)
returning id, attempts`;

export const DEFER_TRANSACTION: Statement = { name: 'defer_transaction', text: DEFER };

/**
 * The same, with the retry state of its remote branches. A confirmed branch stays confirmed, whatever a paused driver
 * reports.
 */
export const DEFER_CALLS: Statement = {
  name: 'defer_calls',
  text: `
with deferred as (${DEFER}),
left_calls as (
  insert into branch_calls as c (transaction_id, branch, confirmed, call, attempts, error, since, next_attempt_at)
  select deferred.id, l.branch, l.confirmed, l.call, l.attempts, l.error, clock_timestamp(),
    clock_timestamp() + l.delay_ms * interval '1 millisecond'
  from deferred, unnest($3::text[], $4::text[], $5::text[], $6::int[], $7::text[], $8::float8[])
    as l(branch, confirmed, call, attempts, error, delay_ms)
  order by l.branch
  on conflict (transaction_id, branch) do update
  set confirmed = excluded.confirmed, call = excluded.call, attempts = excluded.attempts, error = excluded.error,
      since = case when c.call = excluded.call then c.since else excluded.since end, next_attempt_at = excluded.next_attempt_at
  where c.confirmed is null)
select attempts from deferred`,
};

/**
 * Stores an operator's outcome once, and only if the branch has not confirmed by itself. The same statement lets a
 * failed transaction continue from its decision: if the process dies after it, the sweep finds the transaction.
 */
export const SETTLE_BRANCH: Statement = {
  name: 'settle_branch',
  text: `
with owed as (
  select id, status, case when reason is null then 'committing' else 'aborting' end as decision, clock_timestamp() as at
  from transactions
  where id = $1 and decided_at is not null and finished_at is null and $2 = any (branches)
    and not exists (select from branch_calls c where c.transaction_id = $1 and c.branch = $2 and c.confirmed is not null)
  for no key update
),
settled as (
  insert into branch_calls as c (transaction_id, branch, confirmed, since)
  select id, $2, $3, at from owed
  on conflict (transaction_id, branch) do update set confirmed = excluded.confirmed, next_attempt_at = null
  where c.confirmed is null
  returning transaction_id
)
update transactions t
set status = owed.decision, errors = null, attempts = attempts + 1, next_attempt_at = owed.at,
    history = coalesce(t.history, '[]') || jsonb_build_array(jsonb_strip_nulls(jsonb_build_object('status', owed.status,
      'at', ${iso('owed.at')}, 'settled', jsonb_build_object('branch', $2::text, 'as', $3::text, 'note', $4::text, 'by', $5::text))))
      || case when owed.status = 'failed'
         then jsonb_build_array(jsonb_build_object('status', owed.decision, 'at', ${iso('owed.at')})) else '[]' end
from owed, settled where t.id = settled.transaction_id and owed.id = t.id
returning t.id`,
};

/**
 * Skips rows that another sweep is claiming, so that each due transaction goes to one sweep. The lease doubles once,
 * after the second claim, so that a backlog is not claimed repeatedly while it waits its turn. It does not double
 * earlier or more often: transactions that several kills orphaned must still become final soon. The statement's time
 * decides what is due: the index can be searched by it, unlike by the clock's, so the scan ends at the first row that
 * is not due.
 */
export const CLAIM_DUE: Statement = {
  name: 'claim_due',
  text: `
with swept as (
  update sweeps
  set looked_at = clock_timestamp(), swept_at = case when $3::boolean then clock_timestamp() else swept_at end
  where only_row = (select only_row from sweeps for no key update skip locked)
)
update transactions
set attempts = attempts + 1,
    next_attempt_at = clock_timestamp() + $2::float8 * case when attempts < 2 then 1 else 2 end * interval '1 millisecond'
where id = any (array(
  select id from transactions
  where finished_at is null and next_attempt_at <= statement_timestamp() and status <> 'failed'
  order by next_attempt_at
  limit $1
  for update skip locked))
returning id, attempts`,
};

export const SWEEP_AGES: Statement = {
  name: 'sweep_ages',
  text: `
select (extract(epoch from clock_timestamp() - swept_at) * 1000)::float8 as "scheduledMs",
       (extract(epoch from clock_timestamp() - looked_at) * 1000)::float8 as "lookedMs"
from sweeps`,
};

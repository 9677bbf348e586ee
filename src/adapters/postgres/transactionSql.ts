import type { Statement } from './pool';

/** The columns of a TransactionRow. */
export const RECORD = `
  id, type, query, branches, metadata, status, decision, reason, errors, attempts, history,
  deadline_at, extract(epoch from deadline_at - clock_timestamp()) * 1000 as remaining_ms,
  created_at, updated_at, finished_at`;

/**
 * Creates transactions; with a key, only if this statement is the first to use it. Deadlines are instants of the
 * database's clock. A repetition after a lost answer finds its own id and key and creates nothing twice; the caller
 * tells that from a key that was used by others by reading the key.
 */
export const CREATE_TRANSACTIONS: Statement = {
  name: 'create_transactions',
  text: `
with item as materialized (
  select * from unnest($1::uuid[], $2::text[], $3::jsonb[], $4::jsonb[], $5::jsonb[], $6::float8[],
                       $7::text[], $8::text[], $9::text[])
  with ordinality as i(id, type, query, branches, metadata, timeout_ms, scope, key, fingerprint, ord)
),
key_used as (
  insert into idempotency_keys (scope, key, fingerprint, transaction_id)
  select scope, key, fingerprint, id from item where key is not null order by scope, key
  on conflict (scope, key) do nothing
  returning transaction_id
),
created as (
  insert into transactions (id, type, query, branches, metadata, status, deadline_at, next_attempt_at)
  select id, type, query, array(select jsonb_array_elements_text(branches)), metadata, 'preparing',
         clock_timestamp() + timeout_ms * interval '1 millisecond',
         clock_timestamp() + $10::float8 * interval '1 millisecond'
  from item
  where key is null or id = any (array(select transaction_id from key_used))
  order by ord
  on conflict (id) do nothing
  returning id, created_at, deadline_at
)
select id, created_at, deadline_at from created`,
};

export const READ_KEYS: Statement = {
  name: 'read_keys',
  text: `
select ord::int as ord, fingerprint, transaction_id
from unnest($1::text[], $2::text[]) with ordinality as wanted(wanted_scope, wanted_key, ord)
join idempotency_keys on scope = wanted_scope and key = wanted_key`,
};

export const READ_TRANSACTIONS: Statement = {
  name: 'read_transactions',
  text: `select ${RECORD} from unnest($1::uuid[]) as wanted(wanted_id) join transactions on id = wanted_id`,
};

/** Asked again and again for the same ids: what is pending is no answer, so its record is not built. */
export const READ_FINAL_TRANSACTIONS: Statement = {
  name: 'read_final_transactions',
  text: `${READ_TRANSACTIONS.text} where status in ('committed', 'aborted', 'failed')`,
};

/** What a move `m` sets in a transaction `t`, whoever writes it. */
export const MOVED = `
    status = m.status_to,
    decision = coalesce(t.decision, case m.status_to when 'committing' then 'commit' when 'aborting' then 'abort' end),
    history = t.history || jsonb_build_array(
      jsonb_build_object('status', m.status_to, 'at', to_char(m.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
      || coalesce(m.detail, '{}')),
    updated_at = m.at,
    finished_at = case when m.status_to in ('committed', 'aborted') then m.at end`;

/**
 * Moves transactions from one status to the next: the compare-and-set that makes a decision the decision. The guard on
 * the deadline is part of it. Ids come sorted and are looked up in that order, so that two drivers of the same
 * transactions lock their rows in the same order.
 */
export const MOVE_TRANSACTIONS: Statement = {
  name: 'move_transactions',
  text: `
update transactions t
set ${MOVED},
    reason = coalesce(m.reason, t.reason),
    errors = m.errors,
    next_attempt_at = case when m.status_to = 'failed' then 'infinity'
                           when m.status_from = 'failed' then m.at
                           else t.next_attempt_at end
from (
  select *, clock_timestamp() as at
  from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::jsonb[], $6::jsonb[], $7::jsonb[])
    as u(id, status_from, status_to, deadline_guard, reason, errors, detail)
  offset 0
) m
where t.id = m.id and t.status = m.status_from
  and (m.deadline_guard is null
       or m.deadline_guard = 'before-deadline' and t.deadline_at > clock_timestamp()
       or m.deadline_guard = 'after-deadline' and t.deadline_at <= clock_timestamp())
returning t.id, t.updated_at, t.attempts`,
};

export const DEFER_TRANSACTION: Statement = {
  name: 'defer_transaction',
  text: `
update transactions
set attempts = attempts + 1, next_attempt_at = clock_timestamp() + $2::float8 * interval '1 millisecond'
where id = $1 and status in ('preparing', 'committing', 'aborting')
returning attempts`,
};

/**
 * Skips rows that another sweep is claiming: each due transaction goes to one of them. The lease doubles after
 * the second claim, so that a backlog is not claimed again and again while it waits its turn; not before, and no more than
 * that: what was orphaned by one kill after another has to be final soon all the same. "Due" is judged by the statement's
 * time, which, unlike the clock's, the index can be searched by: the scan ends at the first row that is not due.
 */
export const CLAIM_DUE: Statement = {
  name: 'claim_due',
  text: `
with swept as (
  update sweeps set swept_at = clock_timestamp() where $3::boolean
)
update transactions
set attempts = attempts + 1,
    next_attempt_at = clock_timestamp() + $2::float8 * case when attempts < 2 then 1 else 2 end * interval '1 millisecond'
where id = any (array(
  select id from transactions
  where finished_at is null and next_attempt_at <= statement_timestamp()
    and status in ('preparing', 'committing', 'aborting')
  order by next_attempt_at
  limit $1
  for update skip locked))
returning id, attempts`,
};

export const SWEEP_AGE: Statement = {
  name: 'sweep_age',
  text: 'select (extract(epoch from clock_timestamp() - swept_at) * 1000)::float8 as age_ms from sweeps',
};

import type { Statement } from '../pool';

/** Where each branch of a transaction `t` that is not finished is: what the last row of the branch says. */
const PROGRESS = `
  case when finished_at is null then array(
    select coalesce((
      select case kind when 'hold' then 'prepared' when 'expect' then 'prepared' when 'carry' then 'prepared'
                       when 'spend' then 'committed' when 'receive' then 'committed' else 'aborted' end
      from journal j where j.account_id = b.branch and j.transaction_id = t.id order by seq desc limit 1), 'none')
    from unnest(branches) with ordinality as b(branch, n) order by n) end as progress`;

/** The columns of a TransactionRow, of transactions `t`. */
export const RECORD = `
  t.id, type, query, branches, asked_first, metadata, requested_by, status, reason, errors, votes, history, attempts,
  deadline_at, expires_at,
  extract(epoch from case status when 'authorized' then expires_at else deadline_at end - clock_timestamp()) * 1000 as remaining_ms,
  created_at, decided_at, finished_at, ${PROGRESS}`;

export const READ_TRANSACTIONS: Statement = {
  name: 'read_transactions',
  text: `select ${RECORD} from unnest($1::uuid[]) as wanted(wanted_id) join transactions t on t.id = wanted_id`,
};

/** Asked again and again for the same ids: what is pending is no answer, so its record is not built. */
export const READ_SETTLED_TRANSACTIONS: Statement = {
  name: 'read_settled_transactions',
  text: `${READ_TRANSACTIONS.text} where status in ('committed', 'aborted', 'failed', 'authorized')`,
};

/** A row that another session has locked is left as it is: it is found again by the sweep. */
export const DEFER_TRANSACTION: Statement = {
  name: 'defer_transaction',
  text: `
update transactions
set attempts = attempts + 1, next_attempt_at = clock_timestamp() + $2::float8 * interval '1 millisecond'
where id = (select id from transactions where id = $1 and status in ('preparing', 'committing', 'aborting')
            for no key update skip locked)
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
  update sweeps set swept_at = clock_timestamp()
  where only_row = (select only_row from sweeps where $3::boolean for no key update skip locked)
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

export const SWEEP_AGE: Statement = {
  name: 'sweep_age',
  text: 'select (extract(epoch from clock_timestamp() - swept_at) * 1000)::float8 as age_ms from sweeps',
};

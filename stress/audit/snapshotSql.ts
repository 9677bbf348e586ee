/**
 * The queries of a snapshot. Each returns the rows that break a rule, so a sound database returns none. Sums of bigint
 * are returned as text.
 */

/** Each branch of a transaction at an account, from its journal rows. */
const BRANCHES = `
  branches as materialized (
    select account_id, transaction_id,
           case when bool_or(kind in ('spend', 'receive')) then 'committed'
                when bool_or(kind in ('release', 'cancel', 'tombstone')) then 'aborted' else 'prepared' end as state,
           coalesce(sum(amount) filter (where kind = 'hold'), 0) as held,
           coalesce(sum(amount) filter (where kind = 'expect'), 0) as incoming,
           coalesce(sum(case kind when 'spend' then amount when 'receive' then -amount end), 0) as paid,
           min(seq) filter (where kind in ('hold', 'expect')) as prepared_at,
           max(seq) filter (where kind in ('hold', 'expect')) as prepared_last,
           min(seq) filter (where kind in ('release', 'cancel', 'tombstone')) as aborted_at,
           max(seq) filter (where kind = 'carry') as carried_at
      from journal where transaction_id is not null group by account_id, transaction_id)`;

/** The last row of each account: its current state. */
const LAST = `
  last as materialized (
    select a.id, l.* from accounts a
      left join lateral (select seq, balance_after, held_after, incoming_after, open_since from journal
                          where account_id = a.id order by seq desc limit 1) l on true)`;

/** Sums that must agree: what is on the accounts, what was paid in and out, and what is decided and only half applied. */
export const TOTALS = `
  with ${BRANCHES}, ${LAST}
  select (select count(*) from accounts)::int as accounts,
         (select coalesce(sum(balance_after), 0) from last)::text as balance,
         (select coalesce(sum(held_after), 0) from last)::text as held,
         (select coalesce(sum(amount) filter (where kind = 'deposit'), 0) from journal)::text as deposits,
         (select coalesce(sum(amount) filter (where kind = 'withdraw'), 0) from journal)::text as withdrawals,
         (select coalesce(sum(paid) filter (where state = 'committed'), 0) from branches)::text as half_applied,
         (select coalesce(sum(held) filter (where state = 'prepared'), 0) from branches)::text as prepared`;

export const OUT_OF_BOUNDS = `
  with ${LAST}
  select l.id, balance_after::text, held_after::text, incoming_after::text
    from last l join accounts a on a.id = l.id
   where held_after < 0 or balance_after + a.overdraft_limit < held_after or incoming_after < 0
      or balance_after + incoming_after > 9007199254740991 or seq is null limit 20`;

/** Compares holds, promised credits and the place of the oldest open branch with the prepared branches. */
export const HOLDS_THAT_DIFFER = `
  with ${BRANCHES}, ${LAST}
  select l.id, l.held_after::text, coalesce(b.held, 0)::text as prepared, l.incoming_after::text,
         coalesce(b.incoming, 0)::text as prepared_incoming, l.open_since::text, b.since::text
    from last l
    left join (select account_id, sum(held) as held, sum(incoming) as incoming,
                      min(coalesce(carried_at, prepared_at)) as since
                 from branches where state = 'prepared' group by account_id) b on b.account_id = l.id
   where l.held_after <> coalesce(b.held, 0) or l.incoming_after <> coalesce(b.incoming, 0)
      or l.open_since is distinct from b.since limit 20`;

/**
 * Compares the balance, hold and length of each account with its journal. A gap in the sequence numbers shows as a
 * difference in length.
 */
export const JOURNALS_THAT_DIFFER = `
  with ${LAST}
  select l.id, l.balance_after::text, coalesce(j.balance, 0)::text as replayed, l.held_after::text,
         coalesce(j.held, 0)::text as replayed_held, l.seq::text, coalesce(j.rows, 0)::text as rows
    from last l
    left join (select account_id, count(*) as rows,
                      sum(case when kind in ('deposit', 'receive') then amount
                               when kind in ('withdraw', 'spend') then -amount else 0 end) as balance,
                      sum(case kind when 'hold' then amount when 'release' then -amount
                                    when 'spend' then -coalesce(promised, amount) else 0 end) as held
                 from journal group by account_id) j on j.account_id = l.id
   where l.balance_after <> coalesce(j.balance, 0) or l.held_after <> coalesce(j.held, 0)
      or l.seq <> coalesce(j.rows, 0) limit 20`;

/**
 * Transactions whose branches do not fit their status. The branches of a pending transaction may be half way, but only
 * on one side. A transaction that was refused as it was created left nothing in the journals.
 */
export const BRANCHES_THAT_DIFFER = `
  with ${BRANCHES}
  select t.id, t.status, cardinality(t.branches) as branches, b.committed, b.aborted, b.prepared
    from transactions t
    left join (select transaction_id, count(*) filter (where state = 'committed') as committed,
                      count(*) filter (where state = 'aborted') as aborted,
                      count(*) filter (where state = 'prepared') as prepared
                 from branches group by transaction_id) b on b.transaction_id = t.id
   where case t.status
           when 'preparing'  then coalesce(b.committed, 0) + coalesce(b.aborted, 0) > 0
           when 'authorized' then coalesce(b.prepared, 0) <> cardinality(t.branches)
           when 'committing' then coalesce(b.aborted, 0) > 0
                               or coalesce(b.committed + b.prepared, 0) <> cardinality(t.branches)
           when 'committed'  then coalesce(b.committed, 0) <> cardinality(t.branches)
           when 'aborting'   then coalesce(b.committed, 0) > 0
           when 'aborted'    then b.committed + b.prepared > 0
                               or coalesce(b.aborted, 0) <> cardinality(t.branches)
                                  and (b.transaction_id is not null
                                       or not exists (select from refusals r where r.transaction_id = t.id))
           else true
         end limit 20`;

export const BRANCHES_WITHOUT_TRANSACTION = `
  with ${BRANCHES}
  select b.transaction_id, b.account_id, b.state from branches b
    left join transactions t on t.id = b.transaction_id where t.id is null limit 20`;

/** Branches that were prepared after their abort. */
export const LATE_PREPARES = `
  with ${BRANCHES}
  select b.transaction_id, b.account_id, b.state, t.status
    from branches b join transactions t on t.id = b.transaction_id
   where (t.status = 'aborted' and b.state <> 'aborted') or b.prepared_last > b.aborted_at limit 20`;

/**
 * Transactions in which a payer refused and none had promised, but a receiving account was asked anyway. Two drivers
 * may race: a payer that refuses one may have the money a moment later. Then it has promised to the other driver.
 */
export const CREDITS_ASKED_IN_VAIN = `
  select t.id, j.account_id, j.seq::text
    from transactions t
    join journal j on j.account_id = any(t.branches[t.asked_first + 1:]) and j.transaction_id = t.id
      and j.ended_at_once is null and j.kind = 'expect'
   where t.status = 'aborted' and t.reason ->> 'kind' = 'branches'
     and exists (select from jsonb_array_elements(t.reason -> 'reasons') r
                  where r ->> 'branch' = any(t.branches[1:t.asked_first]))
     and not exists (select from journal h
                      where h.account_id = any(t.branches[1:t.asked_first]) and h.transaction_id = t.id
                        and h.ended_at_once is null and h.kind = 'hold') limit 20`;

/** Transactions that were decided to commit, as a capture shows, and were aborted all the same. */
export const DECIDED_TWICE = `
  select id, status, reason::text, query -> 'captured' as captured
    from transactions where status in ('aborting', 'aborted') and query ? 'captured' limit 20`;

/** Every request of the workload has a key. So a transaction without a key was started twice. */
export const KEYS_THAT_DIFFER = `
  select t.id, count(k.key)::int as keys
    from transactions t left join idempotency_keys k on k.transaction_id = t.id
   group by t.id having count(k.key) <> 1 limit 20`;

export const COUNTS = `
  select (select count(*) from transactions)::int as transactions,
         (select count(distinct (account_id, transaction_id)) from journal where transaction_id is not null)::int as branches,
         (select count(*) from idempotency_keys)::int as keys`;

/** What waits for a driver, and since when. An authorization that waits for its capture does not count until it has expired. */
export const PENDING = `
  select id, status, extract(epoch from clock_timestamp() - since) * 1000 as age_ms,
         extract(epoch from deadline_at) * 1000 as deadline_ms
    from transactions t
    cross join lateral (select case when expires_at is null then created_at
                                    when status = 'authorized' then expires_at
                                    else coalesce(decided_at, created_at) end as since) s
   where status in ('preparing', 'committing', 'aborting') or status = 'authorized' and expires_at < clock_timestamp()
   order by since limit 500`;

/** Finished transactions in the order of their end. Repeats the last seconds, because commits become visible out of order. */
export const FINISHED_SINCE = `
  select t.id, k.key, t.status, t.reason::text, extract(epoch from t.decided_at) * 1000 as decided_ms,
         extract(epoch from t.finished_at) * 1000 as finished_ms,
         extract(epoch from t.created_at) * 1000 as created_ms,
         extract(epoch from t.deadline_at) * 1000 as deadline_ms,
         extract(epoch from t.expires_at) * 1000 as expires_ms
    from transactions t left join idempotency_keys k on k.transaction_id = t.id
   where t.status = 'failed' or t.finished_at >= to_timestamp($1::double precision / 1000)`;

export const FINAL_STATES = `
  select id, status, reason::text, extract(epoch from finished_at) * 1000 as finished_ms,
         extract(epoch from deadline_at) * 1000 as deadline_ms
    from transactions where id = any($1::uuid[])`;

/** The outcome of acknowledged operations, by key, with what each transfer moved. */
export const ACKNOWLEDGED = `
  select k.key, t.id, t.status, t.reason ->> 'kind' as reason, j.kinds, k.answer is not null as answered
    from idempotency_keys k
    left join transactions t on t.id = k.transaction_id
    left join lateral (
      select string_agg(j.kind || ' ' || j.account_id || ' ' || j.amount, ', '
                        order by coalesce(j.posting, 0), j.kind) as kinds
        from journal j
       where j.transaction_id = t.id and j.account_id = any(t.branches)
         and j.ended_at_once is null and j.kind in ('receive', 'spend')) j on true
   where k.key = any($1::text[])`;

/**
 * Refusals for insufficient funds that no state of the account explains: at no time between the request and its answer
 * did the account have the available amount that the answer gave. A state lasts from the commit of its row to the
 * commit of the next one, which may become visible `$6` milliseconds after its PostgreSQL commit time.
 */
export const REFUSED_ON_NOTHING = `
  select r.key, r.account_id, r.available::text
    from unnest($1::text[], $2::text[], $3::bigint[], $4::float8[], $5::float8[])
           as r(key, account_id, available, asked_ms, answered_ms)
   where not exists (
     select from journal j
       left join journal n on n.account_id = j.account_id and n.seq = j.seq + 1
      where j.account_id = r.account_id and j.balance_after - j.held_after = r.available
        and extract(epoch from pg_xact_commit_timestamp(j.xmin)) * 1000 <= r.answered_ms + 50
        and coalesce(extract(epoch from pg_xact_commit_timestamp(n.xmin)) * 1000 + $6::float8 >= r.asked_ms, true))
   limit 20`;

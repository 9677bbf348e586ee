/**
 * The questions of a snapshot. Every one of them answers with the rows that break a rule, so that a sound database
 * answers with none; bigint sums come back as text.
 */

/** Sums that must agree: what is on the accounts, what was paid in and out, what is decided and only half applied. */
export const TOTALS = `
  select (select count(*) from accounts)::int as accounts,
         (select coalesce(sum(balance), 0) from accounts)::text as balance,
         (select coalesce(sum(held), 0) from accounts)::text as held,
         (select coalesce(sum(amount) filter (where kind = 'deposit'), 0) from journal)::text as deposits,
         (select coalesce(sum(amount) filter (where kind = 'withdraw'), 0) from journal)::text as withdrawals,
         (select coalesce(sum(case direction when 'debit' then amount else -amount end)
                            filter (where state = 'committed'), 0) from account_branches)::text as half_applied,
         (select coalesce(sum(amount) filter (where state = 'prepared' and direction = 'debit'), 0)
            from account_branches)::text as prepared`;

export const OUT_OF_BOUNDS = `
  select id, balance::text, held::text, incoming::text from accounts
   where held < 0 or balance < held or incoming < 0 or balance + incoming > 9007199254740991 limit 20`;

/** Holds and promised credits of each account against its prepared branches. */
export const HOLDS_THAT_DIFFER = `
  select a.id, a.held::text, coalesce(b.held, 0)::text as prepared, a.incoming::text,
         coalesce(b.incoming, 0)::text as prepared_incoming
    from accounts a
    left join (select account_id, sum(amount) filter (where direction = 'debit') as held,
                      sum(amount) filter (where direction = 'credit') as incoming
                 from account_branches where state = 'prepared' group by account_id) b on b.account_id = a.id
   where a.held <> coalesce(b.held, 0) or a.incoming <> coalesce(b.incoming, 0) limit 20`;

/** Balance, hold and length of each account against the sum of its journal. */
export const JOURNALS_THAT_DIFFER = `
  select a.id, a.balance::text, coalesce(j.balance, 0)::text as replayed, a.held::text,
         coalesce(j.held, 0)::text as replayed_held, a.journal_seq::text, coalesce(j.rows, 0)::text as rows
    from accounts a
    left join (select account_id, count(*) as rows, max(seq) as last,
                      sum(case when kind in ('deposit', 'transfer-in') then amount
                               when kind in ('withdraw', 'transfer-out') then -amount else 0 end) as balance,
                      sum(case kind when 'hold' then amount when 'release' then -amount
                                    when 'transfer-out' then -amount else 0 end) as held
                 from journal group by account_id) j on j.account_id = a.id
   where a.balance <> coalesce(j.balance, 0) or a.held <> coalesce(j.held, 0)
      or a.journal_seq <> coalesce(j.rows, 0) or a.journal_seq <> coalesce(j.last, 0) limit 20`;

/** Transactions whose branches do not fit their status. Pending ones may be half way, but only on one side. */
export const BRANCHES_THAT_DIFFER = `
  select t.id, t.status, cardinality(t.branches) as branches, b.committed, b.aborted, b.prepared
    from transactions t
    left join (select transaction_id, count(*) filter (where state = 'committed') as committed,
                      count(*) filter (where state = 'aborted') as aborted,
                      count(*) filter (where state = 'prepared') as prepared
                 from account_branches group by transaction_id) b on b.transaction_id = t.id
   where case t.status
           when 'preparing'  then coalesce(b.committed, 0) + coalesce(b.aborted, 0) > 0
           when 'committing' then coalesce(b.aborted, 0) > 0
                               or coalesce(b.committed + b.prepared, 0) <> cardinality(t.branches)
           when 'committed'  then coalesce(b.committed, 0) <> cardinality(t.branches)
           when 'aborting'   then coalesce(b.committed, 0) > 0
           when 'aborted'    then coalesce(b.aborted, 0) <> cardinality(t.branches) or b.committed + b.prepared > 0
           else true
         end limit 20`;

export const BRANCHES_WITHOUT_TRANSACTION = `
  select b.transaction_id, b.account_id, b.state from account_branches b
    left join transactions t on t.id = b.transaction_id where t.id is null limit 20`;

/** A branch that was aborted and carries a later preparation. */
export const LATE_PREPARES = `
  select b.transaction_id, b.account_id, b.state, t.status
    from account_branches b join transactions t on t.id = b.transaction_id
   where (t.status = 'aborted' and b.state <> 'aborted')
      or (b.state = 'aborted' and b.prepared_at > b.finished_at) limit 20`;

/** Every request of the workload carries a key, so a transaction without one was started twice. */
export const KEYS_THAT_DIFFER = `
  select t.id, count(k.key)::int as keys
    from transactions t left join idempotency_keys k on k.transaction_id = t.id
   group by t.id having count(k.key) <> 1 limit 20`;

export const COUNTS = `
  select (select count(*) from transactions)::int as transactions,
         (select count(*) from account_branches)::int as branches,
         (select count(*) from idempotency_keys)::int as keys`;

export const PENDING = `
  select id, status, extract(epoch from clock_timestamp() - created_at) * 1000 as age_ms,
         extract(epoch from deadline_at) * 1000 as deadline_ms
    from transactions where status in ('preparing', 'committing', 'aborting') order by created_at limit 500`;

/** Finished ones in the order of their end; repeats the last seconds, because commits become visible out of order. */
export const FINISHED_SINCE = `
  select t.id, k.key, t.status, t.decision, t.reason::text, t.history,
         extract(epoch from t.finished_at) * 1000 as finished_ms,
         extract(epoch from t.created_at) * 1000 as created_ms,
         extract(epoch from t.deadline_at) * 1000 as deadline_ms
    from transactions t left join idempotency_keys k on k.transaction_id = t.id
   where t.status in ('committed', 'aborted', 'failed') and t.updated_at >= to_timestamp($1::double precision / 1000)`;

export const FINAL_STATES = `
  select id, status, reason::text, extract(epoch from finished_at) * 1000 as finished_ms,
         extract(epoch from deadline_at) * 1000 as deadline_ms
    from transactions where id = any($1::uuid[])`;

/** What became of acknowledged operations, by key, with the journal rows that each transfer left. */
export const ACKNOWLEDGED = `
  select k.key, t.id, t.status, j.kinds, k.answer is not null as answered
    from idempotency_keys k
    left join transactions t on t.id = k.transaction_id
    left join lateral (
      select string_agg(j.kind || ' ' || j.account_id || ' ' || j.amount, ', ' order by j.kind) as kinds
        from journal j
       where j.transaction_id = t.id and j.account_id = any(t.branches)
         and j.kind in ('transfer-in', 'transfer-out')) j on true
   where k.key = any($1::text[])`;

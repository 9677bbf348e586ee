import type { Statement } from './pool';
import { MOVED } from './transactionSql';

/**
 * Writes the entries of many accounts, each account's or none of them, in one statement.
 *
 * - `item`: the entries in account-id order. The lookup of each entry locks its account row before the next one is
 *   looked at, so row locks are always taken in id order, by every process. Under the lock, account and branch are read
 *   as they are now, not as they were when the statement began; this is why the lookups are lateral and lock.
 *   The branch lookup names the account's row, so that no planner can turn the two locks around. Where there is no account
 *   there are tombstones only, which never change: they are looked up without a lock, for no order of locks is kept there.
 * - `step`: an entry applies if its branch is in the state it starts from and its key is unused. Running sums give
 *   balance, hold and promised income after each entry that applies.
 * - `checked`: an account is sound if it stays within its bounds after every entry. Only sound accounts are written.
 * - A ledger row is only ever written under the lock of its account's row.
 * - `branch_written` inserts in order of the keys: an account that does not exist has no row whose lock would come first.
 * - A branch row or key that another process inserted after this statement's snapshot cannot be seen here: the insert
 *   then meets the primary key and the whole statement fails with 23505, to be repeated with a new snapshot.
 */
function writeAccounts(name: string, joint: { readonly cte: string; readonly rows: string }): Statement {
  const text = `
with item as materialized (
  select i.*,
         a.id is not null as account_exists, a.balance, a.held, a.incoming, a.journal_seq, a.version,
         coalesce(b.state, t.state) as branch_state, b.direction as branch_direction, b.amount as branch_amount,
         k.fingerprint as key_fingerprint, k.answer as key_answer,
         balance_change <> 0 or held_change <> 0 or incoming_change <> 0 as changes_account,
         clock_timestamp() as at
  from unnest($1::text[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::bigint[],
              $7::bigint[], $8::bigint[], $9::bigint[], $10::text[],
              $11::text[], $12::text[], $13::text[], $14::jsonb[], $15::text[], $16::text[])
       with ordinality
       as i(account_id, transaction_id, state_from, state_to, direction, amount,
            balance_change, held_change, incoming_change, kind,
            scope, key, fingerprint, refusal, description, move_to, ord)
  left join lateral (
    select id, balance, held, incoming, journal_seq, version
    from accounts where id = i.account_id for no key update
  ) a on true
  left join lateral (
    select state, direction, amount
    from account_branches
    where account_id = a.id and transaction_id = i.transaction_id for update
  ) b on i.transaction_id is not null
  left join lateral (
    select state from account_branches
    where a.id is null and account_id = i.account_id and transaction_id = i.transaction_id offset 0
  ) t on i.transaction_id is not null
  left join lateral (
    select fingerprint, answer from idempotency_keys where scope = i.scope and key = i.key offset 0
  ) k on i.key is not null
),
checked as materialized (
  select *,
         coalesce(bool_and(held_after >= 0 and balance_after >= held_after and incoming_after >= 0
                           and balance_after + incoming_after <= 9007199254740991) over whole, true) as sound,
         bool_or(applies and changes_account) over whole as changes,
         ord = max(ord) over whole as is_last
  from (
  select *,
         balance + coalesce(sum(balance_change) filter (where applies) over so_far, 0)::bigint as balance_after,
         held + coalesce(sum(held_change) filter (where applies) over so_far, 0)::bigint as held_after,
         incoming + coalesce(sum(incoming_change) filter (where applies) over so_far, 0)::bigint as incoming_after,
         journal_seq + count(*) filter (where applies and kind is not null) over so_far as seq_after
  from (
    select *, key_fingerprint is null and branch_state is not distinct from state_from
              and (account_exists or not changes_account) as applies
    from item
  ) tried
  window so_far as (partition by account_id order by ord rows unbounded preceding)
  ) step
  window whole as (partition by account_id)
),
branch_written as (
  insert into account_branches (account_id, transaction_id, state, direction, amount, prepared_at, finished_at)
  select account_id, transaction_id, state_to, direction, amount,
         case when state_to = 'prepared' then at end,
         case when state_to <> 'prepared' then at end
  from checked
  where sound and applies and state_to is not null and state_from is null
  order by account_id, transaction_id
),
branch_moved as (
  update account_branches b
  set state = c.state_to, finished_at = c.at
  from checked c
  where c.sound and c.applies and c.state_from is not null
    and b.account_id = c.account_id and b.transaction_id = c.transaction_id and b.state = c.state_from
),
journaled as (
  insert into journal (account_id, seq, kind, amount, balance_after, held_after, transaction_id, description, occurred_at)
  select account_id, seq_after, kind, amount, balance_after, held_after, transaction_id, description, at
  from checked
  where sound and applies and kind is not null
  order by ord
),
ledger_moved as (
  insert into ledgers as l (account_id, deposited, deposit_count, withdrawn, withdraw_count, last_activity_at)
  select account_id,
         coalesce(sum(amount) filter (where kind = 'deposit'), 0), count(*) filter (where kind = 'deposit'),
         coalesce(sum(amount) filter (where kind = 'withdraw'), 0), count(*) filter (where kind = 'withdraw'),
         clock_timestamp()
  from checked
  where sound and applies and kind in ('deposit', 'withdraw')
  group by account_id
  on conflict (account_id) do update
  set deposited = l.deposited + excluded.deposited, deposit_count = l.deposit_count + excluded.deposit_count,
      withdrawn = l.withdrawn + excluded.withdrawn, withdraw_count = l.withdraw_count + excluded.withdraw_count,
      last_activity_at = excluded.last_activity_at
),
key_used as (
  insert into idempotency_keys (scope, key, fingerprint, answer)
  select scope, key, fingerprint,
         coalesce(refusal, jsonb_build_object('kind', 'accepted', 'balance', balance_after, 'held', held_after))
  from checked
  where sound and applies and key is not null
  order by scope, key
),
${joint.cte}account_moved as (
  update accounts a
  set balance = c.balance_after, held = c.held_after, incoming = c.incoming_after,
      journal_seq = c.seq_after, version = a.version + 1
  from checked c
  where c.is_last and c.sound and c.changes and a.id = c.account_id
)
select ord::int as ord, sound,
       case when not applies then jsonb_build_object(
         'account_exists', account_exists, 'key_fingerprint', key_fingerprint, 'key_answer', key_answer,
         'state', branch_state, 'direction', branch_direction, 'amount', branch_amount) end as left_out,
       balance_after, held_after,
       case when is_last then case when sound then balance_after else balance end end as balance,
       case when is_last then case when sound then held_after else held end end as held,
       case when is_last then case when sound then incoming_after else incoming end end as incoming,
       case when is_last then version + (case when sound and changes then 1 else 0 end) end as version,
       null::uuid as moved_id, null::timestamptz as moved_at, null::int as moved_attempts
from checked
${joint.rows}`;
  return { name, text };
}

/** Writes accounts and nothing else: what an account does needs no transaction in the same database. */
export const WRITE_ACCOUNTS = writeAccounts('write_accounts', { cte: '', rows: '' });

/**
 * The same with `joint_moved`: a transaction moves with the branches it moves for, if all of them here apply; the same
 * compare-and-set as a move alone, after the locks of the accounts, in order of the ids. No account waits for a transaction
 * that somebody else has locked: that one is left to its driver. The time of a move is later than those of its branches.
 */
export const WRITE_ACCOUNTS_AND_MOVES = writeAccounts('write_accounts_and_moves', {
  cte: `joint_moved as (
  update transactions t
  set ${MOVED}
  from (
    select moving.*, null::jsonb as detail, clock_timestamp() as at
    from (
      select transaction_id as id, move_to as status_to,
             case move_to when 'committing' then 'preparing' when 'committed' then 'committing' else 'aborting' end as status_from
      from checked
      where move_to is not null
      group by transaction_id, move_to
      having bool_and(applies and sound)
      order by transaction_id
      offset 0
    ) moving
    cross join lateral (
      select from transactions own where own.id = moving.id and own.status = moving.status_from
      for no key update skip locked
    ) unlocked
    offset 0
  ) m
  where t.id = m.id and t.status = m.status_from
    and (m.status_to <> 'committing' or t.deadline_at > clock_timestamp())
  returning t.id, t.updated_at, t.attempts
),
`,
  rows: `union all
select null, null, null, null, null, null, null, null, null, id, updated_at, attempts
from joint_moved`,
});

export const LOAD_ACCOUNTS: Statement = {
  name: 'load_accounts',
  text: `select id, balance, held, incoming, version
         from unnest($1::text[]) as wanted(wanted_id) join accounts on id = wanted_id`,
};

export const LOAD_BRANCH: Statement = {
  name: 'load_branch',
  text: 'select state, direction, amount from account_branches where account_id = $1 and transaction_id = $2',
};

export const OPEN_ACCOUNT: Statement = {
  name: 'open_account',
  text: 'insert into accounts (id) values ($1) on conflict (id) do nothing returning id',
};

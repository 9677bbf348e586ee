import { type EventRow, eventOf } from '../../src/adapters/postgres/journal/load';
import { replay } from '../../src/domain/account/evolve';
import type { TestDatabase } from './testDatabase';

interface Row extends EventRow {
  readonly account_id: string;
  readonly seq: bigint;
  readonly balance_after: bigint;
  readonly held_after: bigint;
  readonly incoming_after: bigint;
  readonly open_since: bigint | null;
}

/** Accounts of which the last row of the journal does not say what `accounts` says. */
const OTHER_TERMS = `
select a.*, l.* from accounts a
join lateral (
  select kind, currency_after, overdraft_limit_after, frozen_after from journal where account_id = a.id order by seq desc limit 1
) l on overdraft_limit_after is not null
where a.closed_at is not null
   or (currency_after, overdraft_limit_after, frozen_after) is distinct from (a.currency, a.overdraft_limit, a.frozen)`;

/** Promises that the index of branches leaves out although the same statement did not commit their branch. */
const NOT_ENDED_AT_ONCE = `
select account_id, seq, kind, transaction_id from journal p
where ended_at_once and not exists (
  select from journal e
  where e.account_id = p.account_id and e.seq > p.seq and e.transaction_id = p.transaction_id
    and e.ended_at_once is null and e.kind in ('spend', 'receive') and e.occurred_at = p.occurred_at)`;

/** Checks every invariant that must hold while nothing is pending. Throws an Error for one that does not. */
export async function auditAtRest(database: TestDatabase): Promise<{ total: bigint; accounts: number }> {
  const accounts = await database.query<{ id: string }>('select id from accounts');
  const journal = await database.query<Row>('select * from journal order by account_id, seq');
  const unfinished = await database.query(
    `select id, status from transactions where status not in ('committed', 'aborted')`,
  );
  expect(unfinished).toEqual([]);
  expect(await database.query(OTHER_TERMS)).toEqual([]);
  expect(await database.query(NOT_ENDED_AT_ONCE)).toEqual([]);
  const outcomes = new Map<string, Set<string>>();
  let total = 0n;
  for (const { id } of accounts) {
    const rows = journal.filter(({ account_id }) => account_id === id);
    const { account, branches } = replay(rows.map(eventOf));
    const last = rows.at(-1);
    const balance = account.status === 'open' ? account.balance : 0n;
    expect(rows.map(({ seq }) => Number(seq))).toEqual(rows.map((_, index) => index + 1));
    expect({ id, balance: last?.balance_after, held: last?.held_after, incoming: last?.incoming_after }).toEqual({
      id,
      balance: balance,
      held: 0n,
      incoming: 0n,
    });
    expect(last?.open_since).toBeNull();
    total += balance;
    for (const [transaction, { state }] of branches) {
      outcomes.set(transaction, (outcomes.get(transaction) ?? new Set()).add(state));
    }
  }
  const split = [...outcomes].filter(([, states]) => states.size > 1 || states.has('prepared'));
  expect(split).toEqual([]);
  return { total, accounts: accounts.length };
}

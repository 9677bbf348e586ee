import { type JournalEntry, replay } from '../../src/domain/account/journal';
import type { TestDatabase } from './testDatabase';

interface AccountRow {
  readonly id: string;
  readonly balance: string;
  readonly held: string;
  readonly incoming: string;
}

/** What must hold whenever nothing is pending. Throws what does not. */
export async function auditAtRest(database: TestDatabase): Promise<{ total: bigint; accounts: number }> {
  const accounts = await database.query<AccountRow>('select id, balance, held, incoming from accounts');
  const journal = await database.query<{ account_id: string; kind: JournalEntry['kind']; amount: string }>(
    'select account_id, kind, amount from journal order by account_id, seq',
  );
  const unfinished = await database.query(
    `select id, status from transactions where status not in ('committed', 'aborted')`,
  );
  const split = await database.query(
    `select transaction_id from account_branches group by transaction_id having count(distinct state) > 1`,
  );
  const prepared = await database.query(`select * from account_branches where state = 'prepared'`);
  expect({ unfinished, split, prepared }).toEqual({ unfinished: [], split: [], prepared: [] });
  let total = 0n;
  for (const { id, balance, held, incoming } of accounts) {
    const entries = journal
      .filter(({ account_id }) => account_id === id)
      .map(({ kind, amount }) => ({ kind, amount: BigInt(amount) }));
    const replayed = replay(entries);
    expect({ id, balance: BigInt(balance), held: BigInt(held), incoming: BigInt(incoming) }).toEqual({
      id,
      balance: replayed.balance,
      held: 0n,
      incoming: 0n,
    });
    total += BigInt(balance);
  }
  return { total, accounts: accounts.length };
}

import { BASELINE_SCHEMA } from '../baseline/schema';
import type { BenchDatabase } from './database';

/** Minor units on every account. No transfer of the load is ever refused. */
const FUNDS = 1_000_000_000;

/** The ids of the accounts: a1, a2, … and the hot one. */
const IDS = `select 'a' || n as id from generate_series(1, $1::int) n union all select 'hot'`;

export async function seedBaseline(database: BenchDatabase, name: string, accounts: number): Promise<void> {
  await database.query(name, BASELINE_SCHEMA);
  await database.query(name, `insert into accounts (id, balance) select id, ${FUNDS} from (${IDS}) ids`, [accounts]);
  await database.query(name, 'vacuum analyze accounts');
}

/**
 * Creates the service's accounts with their money, as deposits in the journal that replay to it. Each account has
 * `entriesEach` deposits. So the bench gets a journal of any length without a wait.
 */
export async function seedService(
  database: BenchDatabase,
  name: string,
  accounts: number,
  entriesEach = 1,
): Promise<void> {
  const each = FUNDS / entriesEach;
  await database.query(
    name,
    `insert into journal (account_id, seq, kind, amount, balance_after, held_after, incoming_after, overdraft_limit_after,
       occurred_at)
     select id, 1, 'opened', 0, 0, 0, 0, 0, now() from (${IDS}) ids
     union all
     select id, seq + 1, 'deposit', ${each}, ${each} * seq, 0, 0, 0, now()
     from (${IDS}) ids, generate_series(1, $2::bigint) seq`,
    [accounts, entriesEach],
  );
  await database.query(
    name,
    `insert into accounts (id, overdraft_limit, opened_at) select id, 0, now() from (${IDS}) ids`,
    [accounts],
  );
  await database.query(
    name,
    `insert into ledgers (account_id, deposited, deposit_count, withdrawn, withdraw_count, last_activity_at)
     select id, ${FUNDS}, $2, 0, 0, now() from (${IDS}) ids`,
    [accounts, entriesEach],
  );
  for (const table of ['accounts', 'journal', 'ledgers']) await database.query(name, `vacuum analyze ${table}`);
  // Writes the seeding's dirty pages now, not under load.
  await database.query(name, 'checkpoint');
}

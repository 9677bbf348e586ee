import type { Knex } from 'knex';
import * as accounts from './0001_accounts';
import * as transactions from './0002_transactions';
import * as wallets from './0003_wallets';
import * as retention from './0004_retention';
import * as ledgerTotals from './0005_ledger_totals';

interface Migration {
  up(knex: Knex): Promise<void>;
  down(knex: Knex): Promise<void>;
}

/** Every migration by name, in the order in which they run. Append only: a name that was published never changes. */
export const migrations: ReadonlyMap<string, Migration> = new Map<string, Migration>([
  ['0001_accounts', accounts],
  ['0002_transactions', transactions],
  ['0003_wallets', wallets],
  ['0004_retention', retention],
  ['0005_ledger_totals', ledgerTotals],
]);

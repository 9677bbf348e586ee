import type { Knex } from 'knex';
import * as journal from './0001_journal';
import * as transactions from './0002_transactions';
import * as feed from './0003_feed';
import * as foreignBranches from './0004_foreign_branches';
import * as branchCalls from './0005_branch_calls';
import * as lookedAt from './0006_looked_at';
import * as webhooks from './0007_webhooks';
import * as leaders from './0008_leaders';
import * as termsInTheJournal from './0009_terms_in_the_journal';
import * as endedAtOnce from './0010_branches_ended_at_once';

interface Migration {
  up(knex: Knex): Promise<void>;
  down(knex: Knex): Promise<void>;
}

/** Every migration by name, in the order in which they run. Append only: a name that was published never changes. */
export const migrations: ReadonlyMap<string, Migration> = new Map<string, Migration>([
  ['0001_journal', journal],
  ['0002_transactions', transactions],
  ['0003_feed', feed],
  ['0004_foreign_branches', foreignBranches],
  ['0005_branch_calls', branchCalls],
  ['0006_looked_at', lookedAt],
  ['0007_webhooks', webhooks],
  ['0008_leaders', leaders],
  ['0009_terms_in_the_journal', termsInTheJournal],
  ['0010_branches_ended_at_once', endedAtOnce],
]);

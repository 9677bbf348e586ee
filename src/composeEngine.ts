import type { Pool } from 'pg';
import { PostgresAccountStore } from './adapters/postgres/accountStore';
import type { GroupCommitOptions } from './adapters/postgres/groupCommit';
import { PostgresTransactionStore } from './adapters/postgres/transactionStore';
import { transferCodec } from './adapters/postgres/transferCodec';
import { systemClock } from './adapters/systemClock';
import type { Config } from './config';
import type { TransferQuery, TransferRefusal } from './domain/transfer';
import { AccountBranch } from './engine/accountBranch';
import { Accounts } from './engine/accounts';
import { Coordinator } from './engine/coordinator';
import { Driver } from './engine/driver';
import { FinalStatuses } from './engine/finalStatuses';
import type { Log, WakeUps } from './engine/ports';
import { flushed } from './engine/telemetry';
import { WakeUpBatcher } from './engine/wakeUpBatcher';

/** Attempts of one call to a branch within one drive; after them the transaction is left to a later one. */
const BRANCH_ATTEMPTS_MAX = 4;
const BRANCH_BACKOFF = { initialMs: 50, maxMs: 1_000 };
/** Between drives of one transaction. */
const RESUME_BACKOFF = { initialMs: 500, maxMs: 30_000 };
/** For transactions that another process drives: what their clients wait longer than for one that is driven here. */
const POLLING = { minMs: 10, maxMs: 100 };
const DRIVE_BATCH_MAX = 500;
const WRITES_WAITING_MAX = 50_000;

export interface Engine {
  readonly accounts: Accounts;
  readonly accountStore: PostgresAccountStore;
  readonly transactionStore: PostgresTransactionStore<TransferQuery, TransferRefusal>;
  readonly finals: FinalStatuses<TransferQuery, TransferRefusal>;
  readonly wakeUps: WakeUpBatcher;
  readonly coordinator: Coordinator<TransferQuery, TransferRefusal>;
}

/** The engine over PostgreSQL, with transfers between accounts as its one type of transaction. */
export function composeEngine(config: Config, pool: Pool, jobs: WakeUps, log: Log): Engine {
  const clock = systemClock;
  const commits: GroupCommitOptions = {
    rowsMax: config.GROUP_COMMIT_ROWS_MAX,
    lanes: config.GROUP_COMMIT_LANES,
    waitingMax: WRITES_WAITING_MAX,
    attemptsMax: 4,
    backoff: { initialMs: 25, maxMs: 400 },
  };
  const accountStore = new PostgresAccountStore(pool, commits, clock, (flush) =>
    flushed.tell(() => ({ committer: 'accounts', ...flush })),
  );
  const transactionStore = new PostgresTransactionStore(
    pool,
    transferCodec,
    commits,
    config.ORPHANED_AFTER_MS,
    clock,
    (flush) => flushed.tell(() => ({ committer: 'transactions', ...flush })),
  );
  const accounts = new Accounts(accountStore, clock, log, {
    mailboxMax: config.MAILBOX_MAX,
    idleMs: config.ACTOR_IDLE_MS,
    actorsMax: config.ACTORS_MAX,
  });
  const driver = new Driver<TransferQuery, TransferRefusal>({
    store: transactionStore,
    log,
    clock,
    branchOf: (account) => new AccountBranch(account, accounts),
    backoff: BRANCH_BACKOFF,
    attemptsMax: BRANCH_ATTEMPTS_MAX,
    jointMoves: config.JOINT_MOVES,
  });
  const finals: Engine['finals'] = new FinalStatuses(transactionStore, log, POLLING, (id) => coordinator.isDriving(id));
  const wakeUps = new WakeUpBatcher(jobs, clock, log, DRIVE_BATCH_MAX);
  const coordinator: Engine['coordinator'] = new Coordinator({
    type: 'transfer',
    store: transactionStore,
    driver,
    finals,
    wakeUps,
    clock,
    log,
    backoff: RESUME_BACKOFF,
    graceMs: config.ORPHANED_AFTER_MS,
  });
  return { accounts, accountStore, transactionStore, finals, wakeUps, coordinator };
}

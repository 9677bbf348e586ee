import type { Pool } from 'pg';
import { ParticipantBranch } from '../adapters/participants/participantBranch';
import { PostgresJournalStore } from '../adapters/postgres/journal/journalStore';
import { PostgresTransactionStore } from '../adapters/postgres/transactions/transactionStore';
import { transferCodec } from '../adapters/postgres/transactions/transferCodec';
import { systemClock } from '../adapters/systemClock';
import type { Config } from '../config';
import { isElsewhere, type TransferQuery, type TransferRefusal } from '../domain/transfer';
import { AccountCommands, type CommandWork } from '../engine/accounts/accountCommands';
import { Accounts } from '../engine/accounts/accounts';
import type { AccountReply } from '../engine/accounts/commandUnit';
import { ForeignBranches } from '../engine/accounts/foreignBranches';
import { LocalBranches } from '../engine/accounts/localBranches';
import type { HandOver } from '../engine/handOver';
import type { NewTransaction } from '../engine/journal/entries';
import { GroupCommit } from '../engine/journal/groupCommit';
import type { JournalStore } from '../engine/journal/store';
import type { Log } from '../engine/log';
import type { Participants } from '../engine/participants';
import { Coordinator, type CreationReply } from '../engine/transactions/coordinator';
import { Driver } from '../engine/transactions/driver';
import { Drives } from '../engine/transactions/drives';
import { FinalStatuses } from '../engine/transactions/finalStatuses';
import type { TransactionStore } from '../engine/transactions/store';
import { WakeUpBatcher } from '../engine/transactions/wakeUpBatcher';
import type { WakeUps } from '../engine/transactions/wakeUps';

/** Attempts of one call to a branch within one drive. After them the transaction is left to a later driver. */
const BRANCH_ATTEMPTS_MAX = 4;
const BRANCH_BACKOFF = { initialMs: 50, maxMs: 1_000 };
/**
 * The backoff between drives of one transaction. Only the transaction's own database can delay it. Every transaction
 * must be final within 10 s after the database works again.
 */
const RESUME_BACKOFF = { initialMs: 500, maxMs: 4_000 };
/**
 * For transactions that another process drives. Their clients wait longer by this time than clients of transactions
 * that are driven here.
 */
const POLLING = { minMs: 10, maxMs: 100 };
/** How long the leading process waits for a job before it goes on without one. */
const WAKE_UPS = { batchMax: 500, patienceMs: 10 };
const WRITES_WAITING_MAX = 50_000;
const ATTEMPTS_MAX = 4;
const CONFLICTS_MAX = 200;
/**
 * For accounts that several processes write. The driving process has the most to write, and loses a whole statement to
 * each write of another process. But it is always first, so the other processes would never get a turn. So it pauses
 * several times a second, and they write everything that waits at once.
 */
const PAUSES = { driving: { everyMs: 150, forMs: 6 }, others: { everyMs: 0, forMs: 50 } };
const WRITE_BACKOFF = { initialMs: 25, maxMs: 400 };

type Query = TransferQuery;
type Refusal = TransferRefusal;

export interface Engine {
  readonly accounts: Accounts;
  readonly commands: AccountCommands;
  readonly foreign: ForeignBranches;
  readonly journal: JournalStore<Query, Refusal>;
  readonly commit: GroupCommit<Query, Refusal>;
  readonly transactionStore: TransactionStore<Query, Refusal>;
  readonly finals: FinalStatuses<Query, Refusal>;
  readonly wakeUps: WakeUpBatcher;
  readonly drives: Drives<Query, Refusal>;
  readonly coordinator: Coordinator<Query, Refusal>;
}

/** All stores of the engine. */
export interface Stores {
  readonly journal: JournalStore<Query, Refusal>;
  readonly transactionStore: TransactionStore<Query, Refusal>;
}

export function postgresStores(
  config: Pick<Config, 'ORPHANED_AFTER_MS'>,
  pool: Pool,
): Stores & { readonly journal: PostgresJournalStore<Query, Refusal> } {
  return {
    journal: new PostgresJournalStore(pool, transferCodec, config.ORPHANED_AFTER_MS),
    transactionStore: new PostgresTransactionStore(pool, transferCodec),
  };
}

/** How this process hands work over to the one that leads. */
export interface HandOvers {
  readonly create: HandOver<NewTransaction<Query, Refusal>, CreationReply<Query, Refusal>>;
  readonly command: HandOver<CommandWork, AccountReply>;
}

/**
 * The engine over its stores. Its one type of transaction is the transfer, whose branches are accounts and other
 * services. `leads`: whether this process is the one that drives.
 */
export function composeEngine(
  config: Config,
  { journal, transactionStore }: Stores,
  jobs: WakeUps,
  participants: Participants,
  handOvers: HandOvers,
  log: Log,
  leads: () => boolean,
): Engine {
  const clock = systemClock;
  const limits = { idleMs: config.ACTOR_IDLE_MS, actorsMax: config.ACTORS_MAX };
  const accounts = new Accounts(clock, limits, () => (leads() ? PAUSES.driving : PAUSES.others));
  const commit: Engine['commit'] = new GroupCommit(
    journal,
    (id) => accounts.of(id),
    {
      rowsMax: config.GROUP_COMMIT_ROWS_MAX,
      waitingMax: WRITES_WAITING_MAX,
      mailboxMax: config.MAILBOX_MAX,
      statementsMax: Math.min(config.GROUP_COMMIT_STATEMENTS_MAX, config.DATABASE_CONNECTIONS_MAX),
      besideMin: config.GROUP_COMMIT_BESIDE_MIN,
      attemptsMax: ATTEMPTS_MAX,
      conflictsMax: CONFLICTS_MAX,
      waitsAfterConflicts: leads,
      backoff: WRITE_BACKOFF,
    },
    clock,
  );
  const branches = new LocalBranches(accounts, commit);
  const driver = new Driver<Query, Refusal>({
    store: transactionStore,
    commit,
    shared: branches,
    log,
    clock,
    branchOf: (id) => (isElsewhere(id) ? new ParticipantBranch(participants, id) : branches.of(id)),
    backoff: BRANCH_BACKOFF,
    attemptsMax: BRANCH_ATTEMPTS_MAX,
  });
  const finals: Engine['finals'] = new FinalStatuses(transactionStore, log, POLLING, (id) => drives.isDriving(id));
  const wakeUps = new WakeUpBatcher(jobs, clock, log, WAKE_UPS, (ids) => {
    if (leads()) drives.driveLeft(ids);
  });
  const drives: Engine['drives'] = new Drives({
    store: transactionStore,
    driver,
    finals,
    wakeUps,
    clock,
    log,
    backoff: RESUME_BACKOFF,
    graceMs: config.ORPHANED_AFTER_MS,
  });
  const coordinator: Engine['coordinator'] = new Coordinator({
    type: 'transfer',
    store: transactionStore,
    journal,
    commit,
    shared: branches,
    drives,
    finals,
    wakeUps,
    clock,
    leads,
    drivesAtOnce: config.DRIVE === 'process',
    handOver: handOvers.create,
  });
  return {
    accounts,
    commands: new AccountCommands(accounts, commit, handOvers.command),
    foreign: new ForeignBranches(accounts, commit, journal),
    journal,
    commit,
    transactionStore,
    finals,
    wakeUps,
    drives,
    coordinator,
  };
}

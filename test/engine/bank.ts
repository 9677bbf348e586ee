import { randomUUID } from 'node:crypto';
import type { AccountCommand } from '../../src/domain/account/commands';
import { type AccountTerms, type OpenAccount, PLAIN_TERMS } from '../../src/domain/account/state';
import {
  branchesOf,
  isElsewhere,
  type Posting,
  type TransferQuery,
  type TransferRefusal,
} from '../../src/domain/transfer';
import type { Pauses } from '../../src/engine/accounts/accountActor';
import { AccountCommands } from '../../src/engine/accounts/accountCommands';
import { Accounts } from '../../src/engine/accounts/accounts';
import type { AccountReply } from '../../src/engine/accounts/commandUnit';
import { LocalBranches } from '../../src/engine/accounts/localBranches';
import { KEEPS_ALL } from '../../src/engine/handOver';
import type { Batch, JournalEntry } from '../../src/engine/journal/entries';
import { GroupCommit, type GroupCommitOptions } from '../../src/engine/journal/groupCommit';
import type { RequestKey } from '../../src/engine/journal/requestKey';
import type { Branch } from '../../src/engine/transactions/branch';
import { Coordinator, type CreateOptions, type Creation } from '../../src/engine/transactions/coordinator';
import { Driver } from '../../src/engine/transactions/driver';
import { Drives } from '../../src/engine/transactions/drives';
import { FinalStatuses } from '../../src/engine/transactions/finalStatuses';
import { WakeUpBatcher } from '../../src/engine/transactions/wakeUpBatcher';
import type { HandOvers } from '../../src/service/composeEngine';
import { MemoryClock } from '../support/memoryClock';
import { MemoryDatabase } from '../support/memoryDatabase';
import { Gate } from '../support/memoryGate';
import { type JournalCall, MemoryJournalStore } from '../support/memoryJournalStore';
import { MemoryLog } from '../support/memoryLog';
import { MemoryTransactionStore } from '../support/memoryTransactionStore';
import { MemoryWakeUps } from '../support/memoryWakeUps';

export type Query = TransferQuery;
export type Refusal = TransferRefusal;

export interface ProcessOptions extends Partial<GroupCommitOptions> {
  readonly idleMs?: number;
  readonly actorsMax?: number;
  /** Whether the coordinator makes each call to an account by itself, as if the account were elsewhere. */
  readonly stepByStep?: boolean;
  readonly leads?: boolean;
  /** Whether this process drives on what it wrote. If not, it acts as a process that died after its statement. */
  readonly drivesOn?: boolean;
  /** The branch of each service elsewhere. */
  readonly elsewhere?: Branch<Query, Refusal>;
  readonly pauses?: () => Pauses;
}

export const GRACE_MS = 3_000;
export const PATIENCE_MS = 10;

class NoBranchHere extends LocalBranches {
  override has(): boolean {
    return false;
  }
}

/** The engine of one process over an in-memory database. Several engines over one database act as several processes. */
export class Process {
  readonly log = new MemoryLog();
  readonly journal: MemoryJournalStore<Query, Refusal>;
  readonly transactions: MemoryTransactionStore<Query, Refusal>;
  readonly accounts: Accounts;
  readonly commit: GroupCommit<Query, Refusal>;
  readonly branches: LocalBranches;
  readonly driver: Driver<Query, Refusal>;
  readonly finals: FinalStatuses<Query, Refusal>;
  readonly wakeUps = new MemoryWakeUps();
  readonly batcher: WakeUpBatcher;
  readonly drives: Drives<Query, Refusal>;
  readonly coordinator: Coordinator<Query, Refusal>;
  leads: boolean;
  /** How this process hands work over; by default, it does not. */
  handOvers: HandOvers = KEEPS_ALL;
  readonly commands: AccountCommands;

  constructor(
    readonly database = new MemoryDatabase<Query, Refusal>(new MemoryClock(), GRACE_MS),
    options: ProcessOptions = {},
  ) {
    const { idleMs = 120_000, actorsMax = 1_000, stepByStep = false, pauses, ...more } = options;
    const { leads = true, drivesOn = true, elsewhere, ...commit } = more;
    const { clock, log } = this;
    this.leads = leads;
    this.journal = new MemoryJournalStore(database);
    this.transactions = new MemoryTransactionStore(database);
    this.accounts = new Accounts(clock, { idleMs, actorsMax }, pauses);
    this.commit = new GroupCommit(this.journal, (id) => this.accounts.of(id), { ...LIMITS, ...commit }, clock);
    this.commands = new AccountCommands(this.accounts, this.commit, (work) => this.handOvers.command(work));
    this.branches = new LocalBranches(this.accounts, this.commit);
    const here = stepByStep ? new NoBranchHere(this.accounts, this.commit) : this.branches;
    const shared = { commit: this.commit, shared: here, store: this.transactions, clock, log };
    this.driver = new Driver<Query, Refusal>({
      ...shared,
      branchOf: (branch) => {
        if (!isElsewhere(branch)) return this.branches.of(branch);
        if (!elsewhere) throw new Error(`${branch} is a branch of no known service`);
        return elsewhere;
      },
      backoff: { initialMs: 10, maxMs: 1_000 },
      attemptsMax: 3,
    });
    this.finals = new FinalStatuses(this.transactions, log, { minMs: 1, maxMs: 2 }, (id) => this.drives.isDriving(id));
    this.batcher = new WakeUpBatcher(this.wakeUps, clock, log, { batchMax: 100, patienceMs: PATIENCE_MS }, (ids) => {
      if (this.leads && drivesOn) this.drives.driveLeft(ids);
    });
    this.drives = new Drives({
      store: this.transactions,
      driver: this.driver,
      finals: this.finals,
      wakeUps: this.batcher,
      clock,
      log,
      backoff: { initialMs: 100, maxMs: 10_000 },
      graceMs: GRACE_MS,
    });
    this.coordinator = new Coordinator<Query, Refusal>({
      ...shared,
      type: 'transfer',
      journal: this.journal,
      drives: this.drives,
      finals: this.finals,
      wakeUps: this.batcher,
      leads: () => this.leads,
      drivesAtOnce: drivesOn,
      handOver: (transaction) => this.handOvers.create(transaction),
    });
  }

  get clock(): MemoryClock {
    return this.database.clock;
  }

  ask(account: string, command: AccountCommand, key?: Partial<RequestKey>): Promise<AccountReply> {
    const fingerprint = JSON.stringify([account, command], (_, value: unknown) =>
      typeof value === 'bigint' ? String(value) : value,
    );
    const whole = { scope: 's', key: randomUUID(), fingerprint, ...key };
    return this.commands.ask(account, command, { key: whole, isClientsKey: key !== undefined });
  }

  deposit(account: string, amount: bigint, key?: string): Promise<AccountReply> {
    return this.ask(account, { type: 'Deposit', amount }, key === undefined ? undefined : { key });
  }

  withdraw(account: string, amount: bigint, key?: string): Promise<AccountReply> {
    return this.ask(account, { type: 'Withdraw', amount }, key === undefined ? undefined : { key });
  }

  transfer(postings: readonly Posting[], options: TransferOptions = {}): Promise<Creation<Query, Refusal>> {
    const { id = randomUUID(), query = {}, timeoutMs = 10_000, ...rest } = options;
    const whole: Query = { postings, ...query };
    const { branches: accounts, askedFirst } = branchesOf(whole);
    return this.coordinator.create(id, whole, accounts, { askedFirst, timeoutMs, ...rest });
  }

  async created(postings: readonly Posting[], options: TransferOptions = {}) {
    const creation = await this.transfer(postings, options);
    if (creation.kind === 'key-reused') throw new Error('the key was used');
    return creation.transaction;
  }

  /** Holds calls of one kind at a gate, before or after they take effect. */
  hold(kind: JournalCall<Query, Refusal>['kind'], where: 'before' | 'after' = 'before'): Gate {
    const gate = new Gate();
    this.journal[where] = (call) => (call.kind === kind ? gate.pass() : Promise.resolve());
    return gate;
  }

  /** The batches that were appended or attempted so far. */
  get appends(): readonly Batch<Query, Refusal>[] {
    return this.journal.appends();
  }

  statuses(id: string): readonly string[] {
    return this.transactions.record(id).history.map(({ status }) => status);
  }
}

interface TransferOptions extends Partial<Omit<CreateOptions, 'askedFirst'>> {
  readonly id?: string;
  readonly query?: Partial<Query>;
}

const LIMITS: GroupCommitOptions = {
  rowsMax: 1_000,
  waitingMax: 10_000,
  mailboxMax: 10_000,
  statementsMax: 2,
  besideMin: 1,
  attemptsMax: 4,
  conflictsMax: 50,
  backoff: { initialMs: 25, maxMs: 400 },
};

/** Creates accounts with balances, as if they had been opened and funded by deposits. */
export function seed(
  { journals }: MemoryDatabase<Query, Refusal>,
  balances: Readonly<Record<string, bigint>>,
  terms: AccountTerms = PLAIN_TERMS,
): void {
  for (const [account, balance] of Object.entries(balances)) {
    const opening: JournalEntry = {
      account,
      seq: 1,
      kind: 'opened',
      amount: 0n,
      terms,
      balance: 0n,
      held: 0n,
      incoming: 0n,
    };
    const deposit: JournalEntry = {
      account,
      seq: 2,
      kind: 'deposit',
      amount: balance,
      balance,
      held: 0n,
      incoming: 0n,
    };
    journals.set(account, balance > 0n ? [opening, deposit] : [opening]);
  }
}

/** A process whose accounts `a`, `b`, … have these balances. */
export function processWith(balances: Readonly<Record<string, bigint>>, options: ProcessOptions = {}): Process {
  const process = new Process(undefined, options);
  seed(process.database, balances);
  return process;
}

/** Another process over the same database. */
export function beside({ database }: Process, options: ProcessOptions = {}): Process {
  return new Process(database, options);
}

export function accountIn({ database }: Pick<Process, 'database'>, id: string): OpenAccount {
  const state = database.account(id);
  if (state.status !== 'open') throw new Error(`account ${id} is ${state.status}`);
  return state;
}

export const balanceIn = (process: Pick<Process, 'database'>, id: string): bigint => accountIn(process, id).balance;

export const posting = (origin: string, destination: string, amount: bigint): Posting => ({
  origin,
  destination,
  amount,
});

import type { BranchId } from '../../src/domain/ids';
import type { Vote } from '../../src/domain/transaction/state';
import { keepHere } from '../../src/engine/handOver';
import { GroupCommit } from '../../src/engine/journal/groupCommit';
import type { RequestKey } from '../../src/engine/journal/requestKey';
import type { AskAgain, Attempt, Branch, Patience, SharedBranches } from '../../src/engine/transactions/branch';
import { Coordinator } from '../../src/engine/transactions/coordinator';
import { type Driven, Driver } from '../../src/engine/transactions/driver';
import { Drives } from '../../src/engine/transactions/drives';
import { FinalStatuses } from '../../src/engine/transactions/finalStatuses';
import type { TransactionRecord } from '../../src/engine/transactions/record';
import { sweep } from '../../src/engine/transactions/sweep';
import { WakeUpBatcher } from '../../src/engine/transactions/wakeUpBatcher';
import { MemoryClock } from '../support/memoryClock';
import { MemoryDatabase } from '../support/memoryDatabase';
import { MemoryJournalStore } from '../support/memoryJournalStore';
import { MemoryLog } from '../support/memoryLog';
import { MemoryTransactionStore } from '../support/memoryTransactionStore';
import { MemoryWakeUps } from '../support/memoryWakeUps';

export type Query = { readonly asks: string };
export type Record = TransactionRecord<Query, string>;

export const ID = 'transaction';
export const GRACE_MS = 3_000;
export const LEASE_MS = 5_000;
/** How long a process waits for its job before it drives without one. */
const PATIENCE_MS = 10;

/** A remote branch. It keeps the participant table, and follows a test's instructions before it answers. */
export class ScriptedBranch implements Branch<Query, string> {
  state: 'none' | 'prepared' | 'committed' | 'aborted' = 'none';
  readonly calls: string[] = [];
  /** The attempt of each call. */
  readonly attempts: Attempt[] = [];
  patience?: Patience;
  /** The answers of `prepare` instead of the table's, in order. */
  votes: (Vote<string> | Error)[] = [];
  onPrepare: () => Promise<void> = () => Promise.resolve();
  onCommit: () => Promise<void> = () => Promise.resolve();
  onAbort: () => Promise<void> = () => Promise.resolve();
  /** The answers to decisions before the branch carries one out, in order. */
  readonly later: AskAgain[] = [];

  async prepare(_id: string, _query: Query, attempt: Attempt): Promise<Vote<string>> {
    this.calls.push('prepare');
    this.attempts.push(attempt);
    await this.onPrepare();
    const vote = this.votes.shift();
    if (vote instanceof Error) throw vote;
    if (vote) return vote;
    if (this.state === 'aborted') return { kind: 'abort', reason: 'branch-aborted' };
    if (this.state === 'none') this.state = 'prepared';
    return { kind: 'commit' };
  }

  async commit(_id: string, _query: Query, attempt: Attempt): Promise<AskAgain | undefined> {
    this.calls.push('commit');
    this.attempts.push(attempt);
    await this.onCommit();
    const again = this.later.shift();
    if (again) return again;
    if (this.state === 'none' || this.state === 'aborted') throw new Error(`commit of a branch that is ${this.state}`);
    this.state = 'committed';
    return undefined;
  }

  async abort(_id: string, _reason: unknown, attempt: Attempt): Promise<AskAgain | undefined> {
    this.calls.push('abort');
    this.attempts.push(attempt);
    await this.onAbort();
    const again = this.later.shift();
    if (again) return again;
    if (this.state === 'committed') throw new Error('abort of a branch that was committed');
    this.state = 'aborted';
    return undefined;
  }
}

/** No branch is in the record's database: every call is durable before the next. */
const NONE: SharedBranches<Query, string> = {
  has: () => false,
  accountOf: (branch) => branch,
  shared: () => {
    throw new Error('no branch is shared');
  },
};

/** What the processes of one test share: the database and the branches. */
export class World {
  readonly database = new MemoryDatabase<Query, string>(new MemoryClock(), GRACE_MS);
  readonly a = new ScriptedBranch();
  readonly b = new ScriptedBranch();
  readonly c = new ScriptedBranch();

  get clock(): MemoryClock {
    return this.database.clock;
  }

  branch(id: BranchId): ScriptedBranch {
    return id === 'a' ? this.a : id === 'b' ? this.b : this.c;
  }

  branchStates(): readonly string[] {
    return [this.a.state, this.b.state];
  }

  record(id = ID): Record {
    return new MemoryTransactionStore(this.database).record(id);
  }

  /** The statuses in the history, in order. */
  history(id = ID): readonly string[] {
    return this.record(id).history.map(({ status }) => status);
  }
}

export interface ScriptedOptions {
  readonly patienceMs?: number;
  readonly attemptsMax?: number;
  readonly drivesAtOnce?: boolean;
  readonly leads?: boolean;
}

interface NewOptions {
  readonly id?: string;
  readonly timeoutMs?: number;
  readonly expiresInMs?: number;
  readonly key?: RequestKey;
  readonly branches?: readonly BranchId[];
  readonly askedFirst?: number;
}

/** The coordinator of one process, over remote branches only. */
export class ScriptedProcess {
  readonly log = new MemoryLog();
  readonly wakeUps = new MemoryWakeUps();
  readonly journal: MemoryJournalStore<Query, string>;
  readonly transactions: MemoryTransactionStore<Query, string>;
  readonly commit: GroupCommit<Query, string>;
  readonly driver: Driver<Query, string>;
  readonly batcher: WakeUpBatcher;
  readonly finals: FinalStatuses<Query, string>;
  readonly drives: Drives<Query, string>;
  readonly coordinator: Coordinator<Query, string>;
  leads: boolean;

  constructor(
    readonly world = new World(),
    { attemptsMax = 3, drivesAtOnce = false, leads = true, patienceMs = PATIENCE_MS }: ScriptedOptions = {},
  ) {
    const { database, clock } = world;
    const { log } = this;
    this.leads = leads;
    this.journal = new MemoryJournalStore(database);
    this.transactions = new MemoryTransactionStore(database);
    const rows = { rowsMax: 1_000, statementsMax: 2, besideMin: 1 };
    const limits = { ...rows, waitingMax: 10_000, mailboxMax: 100, attemptsMax: 4, conflictsMax: 50 };
    const noStreams = (): never => {
      throw new Error('no account is written');
    };
    const backoff = { initialMs: 10, maxMs: 1_000 };
    this.commit = new GroupCommit(this.journal, noStreams, { ...limits, backoff }, clock);
    const common = { commit: this.commit, shared: NONE, store: this.transactions, clock, log };
    const branchOf = (branch: BranchId) => world.branch(branch);
    this.driver = new Driver({ ...common, branchOf, backoff, attemptsMax });
    this.batcher = new WakeUpBatcher(this.wakeUps, clock, log, { batchMax: 100, patienceMs }, (ids) => {
      if (this.leads) this.drives.driveLeft(ids);
    });
    this.finals = new FinalStatuses(this.transactions, log, { minMs: 1, maxMs: 2 }, (id) => this.drives.isDriving(id));
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
    this.coordinator = new Coordinator<Query, string>({
      ...common,
      type: 'test',
      journal: this.journal,
      drives: this.drives,
      finals: this.finals,
      wakeUps: this.batcher,
      leads: () => this.leads,
      drivesAtOnce,
      handOver: keepHere,
    });
  }

  /** Delivers wake-ups to a driver of this process, as jobs do. */
  deliverWakeUps(): void {
    this.wakeUps.onDrive = async (ids) => void (await this.drives.drive(ids, { repeats: false }));
    this.wakeUps.onResume = async (resumptions) =>
      void (await this.drives.drive(
        resumptions.map(({ id }) => id),
        { repeats: true },
      ));
  }

  create({ id = ID, branches = ['a', 'b'], timeoutMs = 10_000, ...options }: NewOptions = {}) {
    return this.coordinator.create(id, { asks: 'anything' }, branches, { timeoutMs, ...options });
  }

  async created(options: NewOptions = {}) {
    const creation = await this.create(options);
    if (creation.kind === 'key-reused') throw new Error('the key was used');
    return creation.transaction;
  }

  /** Stores a transaction as {@link create} does; the test drives it. */
  async stored(options: NewOptions = {}): Promise<Record> {
    const { id = ID, branches = ['a', 'b'], askedFirst = branches.length, timeoutMs = 10_000, ...rest } = options;
    const start = { id, type: 'test', query: { asks: 'anything' }, branches, askedFirst, timeoutMs, ...rest };
    await this.journal.append({
      entries: [],
      read: [],
      moves: [],
      keys: [],
      foreign: [],
      created: [{ ...start, status: 'preparing' }],
    });
    return this.world.record(id);
  }

  drive(record: Record = this.world.record()): Promise<Driven<Query, string>> {
    return this.driver.drive(record);
  }

  sweep(batchMax = 10): Promise<number> {
    return sweep(this.transactions, this.wakeUps, this.log, { batchMax, leaseMs: LEASE_MS });
  }
}

import type { BranchId, TransactionId } from '../../domain/ids';
import { isPending, type Preparing, type TransactionState } from '../../domain/transaction/state';
import type { Clock } from '../clock';
import { crashPoint } from '../crashPoint';
import { afterWriting, OverloadedError, UnavailableError } from '../faults';
import type { NewTransaction } from '../journal/entries';
import type { GroupCommit } from '../journal/groupCommit';
import type { RequestKey } from '../journal/requestKey';
import type { JournalStore } from '../journal/store';
import type { Log } from '../log';
import { type BackoffPolicy, backoffMs } from '../retry';
import type { SharedBranches } from './branch';
import { type Begun, CreateUnit } from './createUnit';
import { type Driven, type Driver, describeUnfinished } from './driver';
import type { FinalStatuses } from './finalStatuses';
import { Fresh } from './fresh';
import { tellBegun } from './milestone';
import { begunRecord, createdRecord } from './newRecord';
import type { TransactionRecord } from './record';
import { BeginUnit, begunState, type SharedBegun } from './sharedUnits';
import type { TransactionStore } from './store';
import { Transaction, type TransactionDeps } from './transaction';
import { NOTHING_LEFT } from './unanswered';
import type { WakeUpBatcher } from './wakeUpBatcher';

export interface CreateOptions {
  /** The first so many branches are asked before the others; all of them when not said. */
  readonly askedFirst?: number;
  /** Milliseconds from now to the deadline of the prepare phase. */
  readonly timeoutMs: number;
  /** The transaction waits, once it is prepared, so many milliseconds at most for its capture. */
  readonly expiresInMs?: number;
  readonly metadata?: unknown;
  readonly requestedBy?: string;
  readonly key?: RequestKey;
}

export type Creation<Q, R> =
  | { readonly kind: 'created' | 'replayed'; readonly transaction: Transaction<Q, R> }
  | { readonly kind: 'key-reused' };

export interface DriveOptions {
  readonly repeats: boolean;
  readonly patientMs?: number;
}

interface Driving<Q, R> {
  /** As it was when the driver started. */
  readonly record: TransactionRecord<Q, R>;
  readonly driven: Promise<Driven<Q, R>>;
}

export interface CoordinatorDeps<Q, R> {
  readonly type: string;
  readonly store: TransactionStore<Q, R>;
  readonly journal: Pick<JournalStore<Q, R>, 'readKeys'>;
  readonly commit: GroupCommit<Q, R>;
  readonly shared: SharedBranches<Q, R>;
  readonly driver: Driver<Q, R>;
  readonly finals: FinalStatuses<Q, R>;
  readonly wakeUps: WakeUpBatcher;
  readonly clock: Clock;
  readonly log: Log;
  /** Whether this process is the one that drives. A hint: several may, or none. */
  readonly leads: () => boolean;
  /** Whether what is begun here is driven here at once, without a job. */
  readonly drivesAtOnce: boolean;
  /** Between a driver that gave up and the next one. */
  readonly backoff: BackoffPolicy;
  /** How long after the time a wake-up is due the sweep takes it for lost. */
  readonly graceMs: number;
}

/**
 * Two-phase commit over any branches (Gray, "Notes on Data Base Operating Systems", 1978). No branch outside the database
 * of the record hears of a transaction before the record is durable, and none commits before the decision is; what shares
 * that database may be written with it (presumed abort: Mohan, Lindsay, Obermarck, 1986).
 */
export class Coordinator<Q, R> {
  private readonly driving = new Map<TransactionId, Driving<Q, R>>();
  private readonly fresh: Fresh<Q, R>;
  private readonly handled: TransactionDeps<Q, R>;

  constructor(private readonly deps: CoordinatorDeps<Q, R>) {
    this.fresh = new Fresh(deps.clock);
    this.handled = { ...deps, goOn: (record) => this.goOn(record) };
  }

  /**
   * Stores a transaction and sees to it that it is driven: where this process leads, its branches have voted and it is
   * decided when this resolves. Durable when it resolves. Idempotent by `id`, and by `key` where one is given. Throws
   * UnavailableError when the store could not be reached; with `outcome: 'unknown'` the transaction may exist, and only a
   * repetition with the same key can tell. While the process that drives is overloaded, what would be new is refused with
   * OverloadedError; repetitions are answered.
   */
  async create(
    id: TransactionId,
    query: Q,
    branches: readonly BranchId[],
    options: CreateOptions,
  ): Promise<Creation<Q, R>> {
    const { type, wakeUps, shared, leads } = this.deps;
    crashPoint('request-read', id);
    const { askedFirst = branches.length, ...rest } = options;
    const transaction: NewTransaction<Q, R> = { id, type, query, branches, askedFirst, status: 'preparing', ...rest };
    if (leads() && branches.every((branch) => shared.has(branch))) return this.begin(transaction);
    const refusal = leads() ? undefined : refusalOfNew(wakeUps);
    if (refusal) return this.onlyRepeated(transaction, refusal);
    return this.store(transaction);
  }

  /**
   * What an earlier request has begun under this key; undefined when none has. For a request that is to be refused unless it is a
   * repetition. `id`: of this request's own transaction, where it has one. Throws as {@link create}.
   */
  async repeated(key: RequestKey, id?: TransactionId): Promise<Creation<Q, R> | undefined> {
    const [use] = await this.deps.journal.readKeys([key]);
    if (!use) return undefined;
    if (use.fingerprint !== key.fingerprint || use.transactionId === undefined) return { kind: 'key-reused' };
    return this.foundBefore({ kind: 'found', id: use.transactionId, isReplay: use.transactionId !== id });
  }

  async get(id: TransactionId): Promise<Transaction<Q, R> | undefined> {
    const [record] = await this.deps.store.read([id]);
    return record && this.handle(record);
  }

  /**
   * Drives these transactions until each is at rest or has to be left to a later driver. That one is arranged here,
   * unless the caller is a wake-up that `repeats` by itself until the transaction is at rest. After `patientMs` those with patient
   * branches are returned as unfinished, and driven on: a job that waited for a slow participant would hold up the jobs of all others.
   */
  async drive(ids: readonly TransactionId[], { repeats, patientMs }: DriveOptions): Promise<Driven<Q, R>[]> {
    const records = await this.recordsOf(ids.filter((id) => !this.driving.has(id)));
    const atRest: Driven<Q, R>[] = [];
    for (const record of records) {
      // What was driven here before its job came is still known here, and needs no driver.
      if (isPending(record.state) || record.state.status === 'authorized') this.startDriving(record, repeats);
      else atRest.push({ kind: 'at-rest', record });
    }
    const driving = ids.flatMap((id) => this.driving.get(id) ?? []);
    return [...atRest, ...(await Promise.all(driving.map((one) => this.heard(one, patientMs))))];
  }

  private heard({ record, driven }: Driving<Q, R>, patientMs: number | undefined): Promise<Driven<Q, R>> {
    const { driver, clock } = this.deps;
    if (patientMs === undefined || !driver.isPatient(record)) return driven;
    const later = clock.sleep(patientMs).then((): Driven<Q, R> => {
      return { kind: 'unfinished', record, error: undefined, left: NOTHING_LEFT };
    });
    return Promise.race([driven, later]);
  }

  /** Drives those of the transactions that no job has come for. */
  driveLeft(ids: readonly TransactionId[]): void {
    for (const id of ids) {
      const record = this.fresh.peek(id);
      if (record && isPending(record.state)) this.startDriving(record, false);
    }
  }

  /** Resolves when no transaction is being driven in this process. */
  async drained(): Promise<void> {
    await Promise.all([...this.driving.values()].map(({ driven }) => driven));
  }

  isDriving(id: TransactionId): boolean {
    return this.driving.has(id);
  }

  /** How many transactions are being driven in this process. */
  get load(): number {
    return this.driving.size;
  }

  /** Record, votes and decision with one statement, and the rest is left to a job. */
  private async begin(transaction: NewTransaction<Q, R>): Promise<Creation<Q, R>> {
    const initial = preparing(transaction);
    const begun = await new Promise<SharedBegun<Q, R>>((resolve, reject) => {
      this.deps.commit.submit(new BeginUnit(transaction, initial, this.deps.shared, resolve, reject));
    });
    if (begun.kind !== 'created') return this.foundBefore(begun);
    const record = begunRecord(transaction, begunState(begun.stepped), begun.stepped, begun.at, this.deps.clock);
    tellBegun(record);
    if (isPending(record.state)) this.goOn(record);
    return { kind: 'created', transaction: this.handle(record) };
  }

  private async store(transaction: NewTransaction<Q, R>): Promise<Creation<Q, R>> {
    const begun = await new Promise<Begun>((resolve, reject) => {
      this.deps.commit.submit(new CreateUnit(transaction, resolve, reject));
    });
    if (begun.kind !== 'created') return this.foundBefore(begun);
    const record = createdRecord(transaction, preparing(transaction), begun.at, this.deps.clock);
    crashPoint('created', transaction.id);
    this.goOn(record);
    return { kind: 'created', transaction: this.handle(record) };
  }

  /** A driver goes on with a record that has just been written: here at once, or in the process that gets the job. */
  private goOn(record: TransactionRecord<Q, R>): void {
    const { leads, drivesAtOnce, wakeUps } = this.deps;
    if (leads() && drivesAtOnce) {
      this.startDriving(record, false);
      return;
    }
    this.fresh.keep(record);
    wakeUps.add(record.state.id);
  }

  /** What was begun before is no new work: its answer needs the store alone. */
  private async onlyRepeated({ key, id }: NewTransaction<Q, R>, refusal: Error): Promise<Creation<Q, R>> {
    const repeated = key && (await this.repeated(key, id));
    if (!repeated) throw refusal;
    return repeated;
  }

  private async foundBefore(begun: Exclude<Begun, { kind: 'created' }>): Promise<Creation<Q, R>> {
    if (begun.kind === 'key-reused') return begun;
    const transaction = await afterWriting(() => this.get(begun.id));
    // The transaction of a key may have been pruned a moment ago, and its key before it.
    if (!transaction) throw new UnavailableError(`Transaction ${begun.id} is not kept any more`, 'unknown');
    if (!begun.isReplay && isPending(transaction.record.state)) this.goOn(transaction.record);
    return { kind: begun.isReplay ? 'replayed' : 'created', transaction };
  }

  private async recordsOf(ids: readonly TransactionId[]): Promise<TransactionRecord<Q, R>[]> {
    const known: TransactionRecord<Q, R>[] = [];
    const unknown: TransactionId[] = [];
    for (const id of ids) {
      const record = this.fresh.take(id);
      if (record) known.push(record);
      else unknown.push(id);
    }
    return unknown.length === 0 ? known : [...known, ...(await this.deps.store.read(unknown))];
  }

  private startDriving(record: TransactionRecord<Q, R>, repeats: boolean): void {
    const { id } = record.state;
    if (this.driving.has(id)) return;
    const driven = this.driveOne(record, repeats).finally(() => this.driving.delete(id));
    this.driving.set(id, { record, driven });
  }

  private async driveOne(record: TransactionRecord<Q, R>, repeats: boolean): Promise<Driven<Q, R>> {
    const { driver, finals, log } = this.deps;
    try {
      const driven = await driver.drive(record);
      if (driven.kind === 'at-rest') {
        finals.answer(driven.record);
        this.fresh.update(driven.record);
      } else await this.leaveForLater(driven, repeats);
      return driven;
    } catch (error) {
      // The store is away, so no wake-up can be arranged. The sweep finds the transaction.
      log.warn({ err: error, transactionId: record.state.id }, 'driver lost the store');
      return { kind: 'unfinished', record, error, left: NOTHING_LEFT };
    }
  }

  private async leaveForLater(driven: Extract<Driven<Q, R>, { kind: 'unfinished' }>, repeats: boolean): Promise<void> {
    const { store, backoff, clock, log, wakeUps, graceMs } = this.deps;
    const { record, error } = driven;
    const { id } = record.state;
    const unanswered = driven.left.unanswered.map((call) => ({ ...call, delayMs: untilAsked(record, call.delayMs) }));
    const ownMs = error === undefined ? Infinity : backoffMs(backoff, record.attempts, clock.random());
    const delayMs = Math.min(ownMs, ...unanswered.map((call) => call.delayMs));
    // The sweep stays away for as long as the wake-up that is arranged, or repeats, may be expected.
    const dueMs = (repeats && error !== undefined ? backoff.maxMs : delayMs) + graceMs;
    const attempts = await store.defer(id, dueMs, { ...driven.left, unanswered });
    // Which participant is away is logged once, when it goes: not for each of its branches.
    if (error !== undefined) log.warn({ transactionId: id, attempts, delayMs }, describeUnfinished(driven));
    if (error !== undefined && !repeats) wakeUps.resume({ id, attempts }, ownMs);
    for (const call of unanswered) wakeUps.askAgain(id, call, call.delayMs);
  }

  private handle(record: TransactionRecord<Q, R>): Transaction<Q, R> {
    return new Transaction(record.state.id, record, this.handled);
  }
}

/** While it prepares, a transaction is woken for its deadline at the latest. */
function untilAsked<Q, R>({ state, remainingMs }: TransactionRecord<Q, R>, delayMs: number): number {
  return state.status === 'preparing' ? Math.max(0, Math.min(delayMs, remainingMs)) : delayMs;
}

/** Says why a process that does not lead refuses new work now, if it does. A queue that is away is no reason: sweeps find the work. */
function refusalOfNew(wakeUps: WakeUpBatcher): Error | undefined {
  if (!wakeUps.attended()) return new UnavailableError('No process runs jobs', 'not-started', { away: 'workers' });
  return wakeUps.overloaded() ? new OverloadedError('Too many transactions wait to be driven') : undefined;
}

function preparing<Q, R>({
  id,
  query,
  branches,
  askedFirst,
  expiresInMs,
}: NewTransaction<Q, R>): Extract<TransactionState<Q, R>, Preparing<Q, R>> {
  const isTwoStep = expiresInMs !== undefined;
  return { status: 'preparing', id, query, branches, askedFirst, isTwoStep, votes: new Map() };
}

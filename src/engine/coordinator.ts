import type { BranchId, TransactionId } from '../domain/ids';
import { crashPoint } from './crashPoint';
import { type Driven, type Driver, describeUnfinished } from './driver';
import { afterWriting, OverloadedError, UnavailableError } from './faults';
import type { FinalStatuses } from './finalStatuses';
import type { Clock, Log, RequestKey, TransactionRecord, TransactionStore } from './ports';
import { type BackoffPolicy, backoffMs } from './retry';
import { Transaction } from './transaction';
import type { WakeUpBatcher } from './wakeUpBatcher';

export interface CreateOptions {
  /** Milliseconds from now to the deadline of the prepare phase. */
  readonly timeoutMs: number;
  readonly metadata?: unknown;
  readonly key?: RequestKey;
}

export type Creation<Q, R> =
  | { readonly kind: 'created' | 'replayed'; readonly transaction: Transaction<Q, R> }
  | { readonly kind: 'key-reused' };

export interface CoordinatorDeps<Q, R> {
  readonly type: string;
  readonly store: TransactionStore<Q, R>;
  readonly driver: Driver<Q, R>;
  readonly finals: FinalStatuses<Q, R>;
  readonly wakeUps: WakeUpBatcher;
  readonly clock: Clock;
  readonly log: Log;
  /** Between a driver that gave up and the next one. */
  readonly backoff: BackoffPolicy;
  /** How long after the time a wake-up is due the sweep takes it for lost. */
  readonly graceMs: number;
}

/**
 * Two-phase commit over any branches (Gray, "Notes on Data Base Operating Systems", 1978), presumed nothing: the record
 * of a transaction is durable before any branch is asked, the decision before any branch commits.
 */
export class Coordinator<Q, R> {
  private readonly driving = new Map<TransactionId, Promise<Driven<Q, R>>>();
  private readonly fresh = new Map<TransactionId, { record: TransactionRecord<Q, R>; createdAtMs: number }>();

  constructor(private readonly deps: CoordinatorDeps<Q, R>) {}

  /**
   * Stores a transaction and wakes a driver. Durable when it resolves. Idempotent by `id`, and by `key` where one is
   * given. Throws UnavailableError when the store could not be reached; with `outcome: 'unknown'` the transaction may
   * exist, and only a repetition with the same key can tell. While the queue is away or overloaded only repetitions are
   * answered; what would be new is refused with UnavailableError or OverloadedError.
   */
  async create(
    id: TransactionId,
    query: Q,
    branches: readonly BranchId[],
    options: CreateOptions,
  ): Promise<Creation<Q, R>> {
    const { store, type, wakeUps } = this.deps;
    crashPoint('request-read', id);
    const refusal = this.refusalOfNew();
    if (refusal) {
      // What was begun before is no new work: its answer needs the store alone.
      const found = options.key && (await store.findKey(options.key));
      if (!found) throw refusal;
      return found.kind === 'replayed' ? this.replayed(found.id) : found;
    }
    const created = await store.create({ id, type, query, branches, ...options });
    switch (created.kind) {
      case 'created':
        crashPoint('created', id);
        this.remember(created.record);
        wakeUps.add(id);
        return { kind: 'created', transaction: this.handle(id, created.record) };
      case 'replayed':
        return this.replayed(created.id);
      case 'key-reused':
        return created;
    }
  }

  async get(id: TransactionId): Promise<Transaction<Q, R> | undefined> {
    const [record] = await this.deps.store.read([id]);
    return record && this.handle(id, record);
  }

  /**
   * Drives these transactions until each is final or has to be left to a later driver. That one is arranged here,
   * unless the caller is a wake-up that `repeats` by itself until the transaction is final.
   */
  async drive(ids: readonly TransactionId[], { repeats }: { readonly repeats: boolean }): Promise<Driven<Q, R>[]> {
    const records = await this.recordsOf(ids.filter((id) => !this.driving.has(id)));
    for (const record of records) this.startDriving(record, repeats);
    return Promise.all(
      ids.flatMap((id) => {
        const driving = this.driving.get(id);
        return driving ? [driving] : [];
      }),
    );
  }

  /** Resolves when no transaction is being driven in this process. */
  async drained(): Promise<void> {
    await Promise.all(this.driving.values());
  }

  isDriving(id: TransactionId): boolean {
    return this.driving.has(id);
  }

  /** How many transactions are being driven in this process. */
  get load(): number {
    return this.driving.size;
  }

  /** Why nothing new is begun now, if so. */
  private refusalOfNew(): UnavailableError | OverloadedError | undefined {
    const { wakeUps } = this.deps;
    if (!wakeUps.available()) return new UnavailableError('The job queue is away', 'not-started');
    if (wakeUps.overloaded()) return new OverloadedError('Too many transactions wait to be driven');
    return undefined;
  }

  private async replayed(id: TransactionId): Promise<Creation<Q, R>> {
    const transaction = await afterWriting(() => this.get(id));
    if (!transaction) throw new Error(`transaction ${id} has a key but is not stored`);
    return { kind: 'replayed', transaction };
  }

  private async recordsOf(ids: readonly TransactionId[]): Promise<TransactionRecord<Q, R>[]> {
    const known: TransactionRecord<Q, R>[] = [];
    const unknown: TransactionId[] = [];
    for (const id of ids) {
      const fresh = this.fresh.get(id);
      this.fresh.delete(id);
      if (fresh) known.push(this.aged(fresh));
      else unknown.push(id);
    }
    return unknown.length === 0 ? known : [...known, ...(await this.deps.store.read(unknown))];
  }

  private startDriving(record: TransactionRecord<Q, R>, repeats: boolean): void {
    const { id } = record.state;
    if (this.driving.has(id)) return;
    const driven = this.driveOne(record, repeats).finally(() => this.driving.delete(id));
    this.driving.set(id, driven);
  }

  private async driveOne(record: TransactionRecord<Q, R>, repeats: boolean): Promise<Driven<Q, R>> {
    const { driver, finals, log } = this.deps;
    try {
      const driven = await driver.drive(record);
      if (driven.kind === 'final') finals.tell(driven.record);
      else await this.leaveForLater(driven, repeats);
      return driven;
    } catch (error) {
      // The store is away: nothing can be arranged, and nothing need be. The sweep finds the transaction.
      log.warn({ err: error, transactionId: record.state.id }, 'driver lost the store');
      return { kind: 'unfinished', record, error };
    }
  }

  private async leaveForLater(
    { record, error }: Extract<Driven<Q, R>, { kind: 'unfinished' }>,
    repeats: boolean,
  ): Promise<void> {
    const { store, backoff, clock, log, wakeUps } = this.deps;
    const { id, status } = record.state;
    const delayMs = backoffMs(backoff, record.attempts, clock.random());
    // The sweep stays away for as long as the wake-up that is arranged, or repeats, may be expected.
    const attempts = await store.defer(id, (repeats ? backoff.maxMs : delayMs) + this.deps.graceMs);
    log.warn({ transactionId: id, attempts, delayMs }, describeUnfinished(id, status, error));
    if (!repeats) wakeUps.resume({ id, attempts }, delayMs);
  }

  /**
   * Keeps a new record for the driver that is likely to run here in a moment, which saves it a read. The store's guards
   * make an outdated one harmless; the limit keeps what is driven elsewhere from piling up.
   */
  private remember(record: TransactionRecord<Q, R>): void {
    this.fresh.set(record.state.id, { record, createdAtMs: this.deps.clock.monotonicMs() });
    if (this.fresh.size <= FRESH_MAX) return;
    const [oldest] = this.fresh.keys();
    if (oldest !== undefined) this.fresh.delete(oldest);
  }

  private aged({ record, createdAtMs }: { record: TransactionRecord<Q, R>; createdAtMs: number }) {
    return { ...record, remainingMs: record.remainingMs - (this.deps.clock.monotonicMs() - createdAtMs) };
  }

  private handle(id: TransactionId, record: TransactionRecord<Q, R>): Transaction<Q, R> {
    return new Transaction(id, record, this.deps);
  }
}

const FRESH_MAX = 10_000;

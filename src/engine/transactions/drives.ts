import type { TransactionId } from '../../domain/ids';
import { isPending } from '../../domain/transaction/state';
import type { Clock } from '../clock';
import type { Log } from '../log';
import { type BackoffPolicy, backoffMs } from '../retry';
import { type Driven, type Driver, describeUnfinished } from './driver';
import type { FinalStatuses } from './finalStatuses';
import { Fresh } from './fresh';
import type { TransactionRecord } from './record';
import type { TransactionStore } from './store';
import { NOTHING_LEFT } from './unanswered';
import type { WakeUpBatcher } from './wakeUpBatcher';

export interface DriveOptions {
  readonly repeats: boolean;
  readonly patientMs?: number;
}

interface Driving<Q, R> {
  /** The record when the driver started. */
  readonly record: TransactionRecord<Q, R>;
  readonly driven: Promise<Driven<Q, R>>;
}

export interface DrivesDeps<Q, R> {
  readonly store: Pick<TransactionStore<Q, R>, 'read' | 'defer'>;
  readonly driver: Driver<Q, R>;
  readonly finals: FinalStatuses<Q, R>;
  readonly wakeUps: Pick<WakeUpBatcher, 'resume' | 'askAgain'>;
  readonly clock: Clock;
  readonly log: Log;
  /** The backoff between a driver that gave up and the next one. */
  readonly backoff: BackoffPolicy;
  /** How long after the due time of a wake-up the sweep treats it as lost. */
  readonly graceMs: number;
}

/**
 * The transactions that this process drives, each of them at most once at a time. Transactions that it cannot finish
 * are left to a later driver.
 */
export class Drives<Q, R> {
  private readonly driving = new Map<TransactionId, Driving<Q, R>>();
  private readonly fresh: Fresh<Q, R>;

  constructor(private readonly deps: DrivesDeps<Q, R>) {
    this.fresh = new Fresh(deps.clock);
  }

  /**
   * Drives these transactions until each is at rest or is left to a later driver. Arranges that later driver, unless
   * the caller is a wake-up that `repeats` by itself until the transaction is at rest. After `patientMs`, transactions
   * with patient branches are returned as unfinished and are driven on: a job that waited for a slow participant would
   * delay the jobs of all others.
   */
  async drive(ids: readonly TransactionId[], { repeats, patientMs }: DriveOptions): Promise<Driven<Q, R>[]> {
    const records = await this.recordsOf(ids.filter((id) => !this.driving.has(id)));
    const atRest: Driven<Q, R>[] = [];
    for (const record of records) {
      // A transaction that was driven here before its job came is still known here and needs no driver.
      if (isPending(record.state) || record.state.status === 'authorized') this.start(record, repeats);
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

  /** Drives the transactions for which no job has come. */
  driveLeft(ids: readonly TransactionId[]): void {
    for (const id of ids) {
      const record = this.fresh.peek(id);
      if (record && isPending(record.state)) this.start(record);
    }
  }

  /** Resolves when this process drives no transaction. */
  async drained(): Promise<void> {
    await Promise.all([...this.driving.values()].map(({ driven }) => driven));
  }

  isDriving(id: TransactionId): boolean {
    return this.driving.has(id);
  }

  /** How many transactions this process drives. */
  get load(): number {
    return this.driving.size;
  }

  /** Keeps a record that was just written for the job that will come. */
  expect(record: TransactionRecord<Q, R>): void {
    this.fresh.keep(record);
  }

  /** Drives the transaction from this record, unless this process drives it already. */
  start(record: TransactionRecord<Q, R>, repeats = false): void {
    const { id } = record.state;
    if (this.driving.has(id)) return;
    const driven = this.driveOne(record, repeats).finally(() => this.driving.delete(id));
    this.driving.set(id, { record, driven });
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
      // The store is away, so no wake-up can be arranged. A sweep will find the transaction.
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
    // The sweep must not take the transaction while the arranged or repeating wake-up may still come.
    const dueMs = (repeats && error !== undefined ? backoff.maxMs : delayMs) + graceMs;
    const attempts = await store.defer(id, dueMs, { ...driven.left, unanswered });
    // A participant that goes away is logged once by itself, not for each of its branches.
    if (error !== undefined) log.warn({ transactionId: id, attempts, delayMs }, describeUnfinished(driven));
    if (error !== undefined && !repeats) wakeUps.resume({ id, attempts }, ownMs);
    for (const call of unanswered) wakeUps.askAgain(id, call, call.delayMs);
  }
}

/** Limits the wait of a preparing transaction to its deadline. */
function untilAsked<Q, R>({ state, remainingMs }: TransactionRecord<Q, R>, delayMs: number): number {
  return state.status === 'preparing' ? Math.max(0, Math.min(delayMs, remainingMs)) : delayMs;
}

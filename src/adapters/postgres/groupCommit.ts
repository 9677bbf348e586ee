import { OverloadedError, UnavailableError } from '../../engine/faults';
import type { Clock } from '../../engine/ports';
import { type BackoffPolicy, backoffMs } from '../../engine/retry';
import { classify, keptWaiting, neverBegan } from './errors';

export interface GroupCommitOptions {
  /** Items in one statement at most. */
  readonly rowsMax: number;
  /** Items that may wait; more are refused as overload. */
  readonly waitingMax: number;
  /** Statements in flight at once. */
  readonly lanes: number;
  readonly attemptsMax: number;
  readonly backoff: BackoffPolicy;
}

/** Told of every flush, for metrics. */
export type FlushObserver = (flush: { readonly rows: number; readonly ms: number; readonly failed: boolean }) => void;

interface Waiting<I, O> {
  readonly item: I;
  /** The number of rows this item brings to the statement. */
  readonly rows: number;
  resolve(outcome: O): void;
  reject(error: unknown): void;
}

/**
 * Collects what is to be written while a statement is in flight, then writes all of it with one: one round trip and one
 * fsync for many. Every item is idempotent, so a batch that met a passing fault is written again whole; a batch with an
 * item at fault is split until that item stands alone.
 */
export class GroupCommit<I, O> {
  private waiting: Waiting<I, O>[] = [];
  private inFlight = 0;
  private scheduled = false;
  private idle: (() => void)[] = [];

  constructor(
    private readonly flush: (items: readonly I[]) => Promise<readonly O[]>,
    private readonly options: GroupCommitOptions,
    private readonly clock: Clock,
    private readonly observe: FlushObserver = () => undefined,
    /** Items of the same key never share a statement. */
    private readonly keyOf: (item: I) => unknown = () => undefined,
  ) {}

  /** Durable when it resolves. */
  write(item: I, rows = 1): Promise<O> {
    if (this.waiting.length >= this.options.waitingMax) {
      return Promise.reject(new OverloadedError('Too many writes are waiting for the database'));
    }
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, rows, resolve, reject });
      this.schedule();
    });
  }

  /** Resolves when nothing waits and nothing is in flight. */
  drained(): Promise<void> {
    if (this.inFlight === 0 && this.waiting.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.idle.push(resolve));
  }

  /** After the current turn, so that everything it wants to write, and everything a landed flush set off, is in. */
  private schedule(): void {
    if (this.scheduled || this.inFlight >= this.options.lanes || this.waiting.length === 0) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      if (this.inFlight < this.options.lanes && this.waiting.length > 0) void this.flushNext();
      this.schedule();
    });
  }

  private async flushNext(): Promise<void> {
    const batch = this.takeBatch();
    this.inFlight += 1;
    await this.writeBatch(batch);
    this.inFlight -= 1;
    if (this.inFlight === 0 && this.waiting.length === 0) for (const done of this.idle.splice(0)) done();
    this.schedule();
  }

  private takeBatch(): Waiting<I, O>[] {
    const batch: Waiting<I, O>[] = [];
    const left: Waiting<I, O>[] = [];
    const keys = new Set<unknown>();
    let rows = 0;
    for (const waiting of this.waiting) {
      const key = this.keyOf(waiting.item);
      rows += waiting.rows;
      if ((key !== undefined && keys.has(key)) || (batch.length > 0 && rows > this.options.rowsMax)) left.push(waiting);
      else batch.push(waiting);
      keys.add(key);
    }
    this.waiting = left;
    return batch;
  }

  /** `begunBefore`: an earlier statement with this batch in it may have been carried out. */
  private async writeBatch(batch: readonly Waiting<I, O>[], begunBefore = false): Promise<void> {
    let begun = begunBefore;
    for (let attempt = 0; ; attempt += 1) {
      const started = this.clock.monotonicMs();
      try {
        const outcomes = await this.flush(batch.map(({ item }) => item));
        this.report(batch, started, false);
        batch.forEach((waiting, index) => {
          const outcome = outcomes[index];
          if (outcome === undefined) waiting.reject(new Error('The statement gave no outcome for a row'));
          else waiting.resolve(outcome);
        });
        return;
      } catch (error) {
        this.report(batch, started, true);
        begun ||= mayHaveHappened(error);
        if (await this.settledFault(batch, error, attempt, begun)) return;
      }
    }
  }

  /** False when the batch is to be written again. */
  private async settledFault(
    batch: readonly Waiting<I, O>[],
    error: unknown,
    attempt: number,
    begun: boolean,
  ): Promise<boolean> {
    const { attemptsMax, backoff } = this.options;
    const fault = classify(error);
    const last = attempt + 1 >= attemptsMax;
    // One locked row is no reason for the others to wait for it more than once.
    if (batch.length > 1 && (fault === 'offender' || (fault === 'again' && (last || keptWaiting(error))))) {
      await this.split(batch, begun);
      return true;
    }
    if (fault === 'offender' || last) {
      const reason = fault === 'offender' ? error : unavailable(fault, begun, error);
      for (const waiting of batch) waiting.reject(reason);
      return true;
    }
    await this.clock.sleep(backoffMs(backoff, attempt, this.clock.random()));
    return false;
  }

  private async split(batch: readonly Waiting<I, O>[], begun: boolean): Promise<void> {
    const middle = batch.length >> 1;
    await this.writeBatch(batch.slice(0, middle), begun);
    await this.writeBatch(batch.slice(middle), begun);
  }

  private report(batch: readonly Waiting<I, O>[], startedMs: number, failed: boolean): void {
    let rows = 0;
    for (const waiting of batch) rows += waiting.rows;
    this.observe({ rows, ms: this.clock.monotonicMs() - startedMs, failed });
  }
}

function mayHaveHappened(error: unknown): boolean {
  return classify(error) !== 'again' && !neverBegan(error);
}

function unavailable(fault: 'again' | 'away', begun: boolean, cause: unknown): UnavailableError {
  const what = fault === 'again' ? 'Others keep the database from this write' : 'The database is away';
  return new UnavailableError(what, begun ? 'unknown' : 'not-started', { cause });
}

import type { TransactionId } from '../../domain/ids';
import { isPending } from '../../domain/transaction/state';
import type { Log } from '../log';
import type { TransactionRecord } from './record';
import type { TransactionStore } from './store';

/**
 * How often to ask the store, in milliseconds: `minMs`, plus a little for each awaited transaction, so that one read
 * serves many of them; at most `maxMs`.
 */
export interface PollOptions {
  readonly minMs: number;
  readonly maxMs: number;
}

const PER_TRANSACTION_MS = 0.1;

type Waiter<Q, R> = (record: TransactionRecord<Q, R> | undefined) => void;

/**
 * The calls that wait until a transaction is at rest: final, failed, or authorized. A driver of this process answers
 * them at once. For transactions that are driven elsewhere, this class polls the store for all of them with one read.
 */
export class FinalStatuses<Q, R> {
  private readonly waiters = new Map<TransactionId, Set<Waiter<Q, R>>>();
  /** Transactions that were already awaited at the last poll. A newer one will likely be answered at any moment. */
  private before = new Set<TransactionId>();
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(
    private readonly store: TransactionStore<Q, R>,
    private readonly log: Log,
    private readonly polling: PollOptions,
    /** Whether a driver of this process will answer, so that the store need not be polled. */
    private readonly willTell: (id: TransactionId) => boolean = () => false,
  ) {}

  /** How many transactions are awaited. */
  get size(): number {
    return this.waiters.size;
  }

  /**
   * Answers every call that waits for this transaction, if it is at rest. Answers after the current turn: the next
   * statement is sent first, so that the database works while the answers to the last one are written.
   */
  answer(record: TransactionRecord<Q, R>): void {
    if (isPending(record.state)) return;
    const waiting = this.waiters.get(record.state.id);
    if (!waiting) return;
    this.waiters.delete(record.state.id);
    setImmediate(() => {
      for (const waiter of waiting) waiter(record);
    });
  }

  /** Resolves to the record once it is at rest, or to undefined after `timeoutMs`. */
  wait(id: TransactionId, timeoutMs: number): Promise<TransactionRecord<Q, R> | undefined> {
    if (this.stopped) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const waiting = this.waiters.get(id) ?? new Set();
      this.waiters.set(id, waiting);
      const waiter: Waiter<Q, R> = (record) => {
        clearTimeout(timeout);
        resolve(record);
      };
      const timeout = setTimeout(() => {
        waiting.delete(waiter);
        if (waiting.size === 0 && this.waiters.get(id) === waiting) this.waiters.delete(id);
        resolve(undefined);
      }, timeoutMs);
      waiting.add(waiter);
      this.pollLater(this.intervalMs);
    });
  }

  /** Stops polling and leaves the waiting calls unanswered, because the process is about to stop. */
  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    const waiting = [...this.waiters.values()];
    this.waiters.clear();
    for (const waiters of waiting) for (const waiter of waiters) waiter(undefined);
  }

  private get intervalMs(): number {
    const { minMs, maxMs } = this.polling;
    return Math.min(maxMs, minMs + this.waiters.size * PER_TRANSACTION_MS);
  }

  private pollLater(afterMs: number): void {
    if (this.timer || this.stopped || this.waiters.size === 0) return;
    this.timer = setTimeout(() => {
      this.poll().then(
        () => this.polled(this.intervalMs),
        (error: unknown) => {
          this.log.warn({ err: error }, 'could not poll for final statuses');
          this.polled(this.polling.maxMs);
        },
      );
    }, afterMs);
  }

  private polled(nextAfterMs: number): void {
    this.timer = undefined;
    this.pollLater(nextAfterMs);
  }

  private async poll(): Promise<void> {
    const elsewhere = [...this.waiters.keys()].filter((id) => this.before.has(id) && !this.willTell(id));
    this.before = new Set(this.waiters.keys());
    if (elsewhere.length === 0) return;
    for (const record of await this.store.readAtRest(elsewhere)) this.answer(record);
  }
}

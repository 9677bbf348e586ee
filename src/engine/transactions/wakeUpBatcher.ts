import type { TransactionId } from '../../domain/ids';
import type { Clock } from '../clock';
import type { Log } from '../log';
import type { Resumption } from './record';
import type { UnansweredCall } from './unanswered';
import type { WakeUps } from './wakeUps';

export interface WakeUpOptions {
  /** The most ids in one drive job. */
  readonly batchMax: number;
  /** How many milliseconds to wait for a job before its transactions count as left over. */
  readonly patienceMs: number;
}

/**
 * Collects the transactions that one statement wrote and did not finish, and wakes a driver for all of them with one
 * job. One job for each transfer would limit throughput. The first transaction after a pause goes at once; transactions
 * that follow closely wait for one another. If no job comes in time, because the queue is away or slow, the transactions
 * are left over: this process drives them if it can. A failed wake-up is logged and forgotten, because the sweep finds
 * every transaction without a driver.
 */
export class WakeUpBatcher {
  private batch: TransactionId[] = [];
  private inFlight = new Set<Promise<void>>();
  private sentMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly wakeUps: WakeUps,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly options: WakeUpOptions,
    /** Called with the transactions for which a job may not have come. */
    private readonly leftOver: (ids: readonly TransactionId[]) => void = () => undefined,
  ) {}

  attended(): boolean {
    return this.wakeUps.attended();
  }

  overloaded(): boolean {
    return this.wakeUps.overloaded();
  }

  add(id: TransactionId): void {
    if (this.batch.length === 0) this.flushSoon();
    this.batch.push(id);
  }

  private flushSoon(): void {
    const waitMs = this.sentMs + this.wakeUps.pauseMs - this.clock.monotonicMs();
    if (waitMs > 0) void this.clock.sleep(waitMs).then(() => this.flush());
    else setImmediate(() => this.flush());
  }

  resume(resumption: Resumption, delayMs: number): void {
    this.send(this.wakeUps.resume([resumption], delayMs), 1);
  }

  askAgain(id: TransactionId, call: UnansweredCall, delayMs: number): void {
    this.send(this.wakeUps.askAgain(id, call, delayMs), 1);
  }

  /** Resolves when no wake-up is in flight. */
  async drained(): Promise<void> {
    this.flush();
    while (this.inFlight.size > 0) await Promise.all(this.inFlight);
  }

  private flush(): void {
    const ids = this.batch;
    if (ids.length === 0) return;
    this.batch = [];
    this.sentMs = this.clock.monotonicMs();
    const { batchMax, patienceMs } = this.options;
    for (let start = 0; start < ids.length; start += batchMax) {
      const batch = ids.slice(start, start + batchMax);
      if (!this.wakeUps.available()) {
        this.leftOver(batch);
        continue;
      }
      this.send(this.wakeUps.drive(batch), batch.length);
      setTimeout(() => this.leftOver(batch), patienceMs).unref();
    }
  }

  private send(sending: Promise<void>, transactions: number): void {
    const sent = sending
      .catch((error: unknown) => this.log.warn({ err: error, transactions }, 'a wake-up was lost'))
      .finally(() => this.inFlight.delete(sent));
    this.inFlight.add(sent);
  }
}

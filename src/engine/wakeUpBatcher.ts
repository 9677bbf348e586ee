import type { TransactionId } from '../domain/ids';
import type { Clock, Log, Resumption, WakeUps } from './ports';

/**
 * Collects the transactions that one group commit created and wakes a driver for all of them with one job: one job per
 * transfer is what limits throughput (architecture.md measured a factor of three). A wake-up that fails is logged and
 * forgotten, because the sweep finds every transaction that nobody drives. The first one after a pause goes at once, those
 * that come close upon it wait for one another.
 */
export class WakeUpBatcher {
  private batch: TransactionId[] = [];
  private inFlight = new Set<Promise<void>>();
  private sentMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly wakeUps: WakeUps,
    private readonly clock: Clock,
    private readonly log: Log,
    /** Ids in one drive job at most. */
    private readonly batchMax: number,
  ) {}

  available(): boolean {
    return this.wakeUps.available();
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

  /** Resolves when no wake-up is on its way. */
  async drained(): Promise<void> {
    this.flush();
    while (this.inFlight.size > 0) await Promise.all(this.inFlight);
  }

  private flush(): void {
    const ids = this.batch;
    if (ids.length === 0) return;
    this.batch = [];
    this.sentMs = this.clock.monotonicMs();
    for (let start = 0; start < ids.length; start += this.batchMax) {
      const batch = ids.slice(start, start + this.batchMax);
      this.send(this.wakeUps.drive(batch), batch.length);
    }
  }

  private send(sending: Promise<void>, transactions: number): void {
    const sent = sending
      .catch((error: unknown) => this.log.warn({ err: error, transactions }, 'a wake-up was lost'))
      .finally(() => this.inFlight.delete(sent));
    this.inFlight.add(sent);
  }
}

import type { Log } from '../log';
import { webhookAttempted } from '../telemetry';
import { type DeliveryBackoff, deliveryWaitMs } from './backoff';
import type { Attempted, ClaimedDelivery, DeliveryStore } from './store';

/** Makes one attempt. Never rejects. */
export type Send = (delivery: ClaimedDelivery) => Promise<Attempted>;

/** Says when a delivery is to be tried again. It may be lost: a sweep finds it too. */
export type TryLater = (delivery: ClaimedDelivery, waitMs: number) => void;

export interface LaneOptions {
  /** Attempts of one webhook at once, in this process. */
  readonly concurrency: number;
  /** After this an attempt counts as lost with its process. Longer than any attempt takes. */
  readonly leaseMs: number;
  readonly backoff: DeliveryBackoff;
  readonly disableAfterMs: number;
}

export interface LaneDeps {
  readonly store: DeliveryStore;
  readonly send: Send;
  readonly tryLater: TryLater;
  readonly random: () => number;
  readonly log: Log;
  readonly options: LaneOptions;
}

/** Attempts of one webhook that have ended, and those that are under way. */
export interface Delivered {
  readonly delivered: number;
  readonly failed: number;
  readonly left: number;
}

/**
 * Delivers what is due, each webhook in a lane of its own: however slow one receiver is, only its own deliveries wait. Woken by jobs
 * and by the sweep, as often as you like; what is to be done is read from the store.
 */
export class Lanes {
  private readonly lanes = new Map<string, Lane>();
  private stopped = false;

  constructor(private readonly deps: LaneDeps) {}

  /** Delivers what is due of this webhook, and tells after `patientMs` at the latest what was done. Rejects when the store is away. */
  async deliver(webhookId: string, patientMs: number): Promise<Delivered> {
    const { lane, idle } = this.wake(webhookId);
    const { delivered, failed } = lane;
    await upTo(patientMs, idle);
    // Its failure after the time is told by the sweep, which meets it too.
    idle.catch(() => undefined);
    return { delivered: lane.delivered - delivered, failed: lane.failed - failed, left: lane.inFlight };
  }

  /** Wakes every webhook that has something due. */
  async sweep(): Promise<void> {
    const due = await this.deps.store.due();
    for (const webhookId of due) {
      this.wake(webhookId).idle.catch((error: unknown) => {
        this.deps.log.warn({ err: error, webhook: webhookId }, 'deliveries of a webhook could not be looked for');
      });
    }
  }

  /** `idle` resolves when nothing of it is due any more. */
  private wake(webhookId: string): { readonly lane: Lane; readonly idle: Promise<void> } {
    const lane = this.lanes.get(webhookId) ?? new Lane(webhookId, this.deps, () => this.stopped);
    this.lanes.set(webhookId, lane);
    const idle = lane.wake().finally(() => {
      if (lane.isIdle && this.lanes.get(webhookId) === lane) this.lanes.delete(webhookId);
    });
    return { lane, idle };
  }

  /** Begins no more attempts; resolves when those in flight have ended. One that is cut off is made again when its lease ends. */
  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all([...this.lanes.values()].map((lane) => lane.ended()));
  }
}

class Lane {
  delivered = 0;
  failed = 0;
  private running: Promise<void> | undefined;
  private again = false;
  private readonly attempts = new Set<Promise<void>>();
  private freed: () => void = () => undefined;

  constructor(
    private readonly webhookId: string,
    private readonly deps: LaneDeps,
    private readonly isStopped: () => boolean,
  ) {}

  get isIdle(): boolean {
    return this.running === undefined && this.inFlight === 0;
  }

  get inFlight(): number {
    return this.attempts.size;
  }

  async ended(): Promise<void> {
    await Promise.all(this.attempts);
  }

  wake(): Promise<void> {
    this.again = true;
    this.freed();
    this.running ??= this.run();
    return this.running;
  }

  private async run(): Promise<void> {
    try {
      while ((this.again || this.inFlight > 0) && !this.isStopped()) await this.step();
    } finally {
      // In one piece with the last look: who wakes the lane after it begins another run.
      this.running = undefined;
    }
  }

  /** Claims what there is room for, or waits until there is room, or something new. */
  private async step(): Promise<void> {
    const { store, options } = this.deps;
    const free = options.concurrency - this.inFlight;
    if (!this.again || free === 0) {
      await new Promise<void>((resolve) => {
        this.freed = resolve;
      });
      return;
    }
    this.again = false;
    const claimed = await store.claim(this.webhookId, free, options.leaseMs);
    // As many as were asked for: there may be more.
    if (claimed.length === free) this.again = true;
    for (const delivery of claimed) this.begin(delivery);
  }

  private begin(delivery: ClaimedDelivery): void {
    const { log } = this.deps;
    const attempt = this.attempt(delivery)
      // It is due again when its lease ends.
      .catch((error: unknown) => log.warn({ err: error, webhook: this.webhookId }, 'an attempt could not be recorded'))
      .finally(() => {
        this.attempts.delete(attempt);
        this.freed();
      });
    this.attempts.add(attempt);
  }

  private async attempt(delivery: ClaimedDelivery): Promise<void> {
    const { store, send, tryLater, random, log, options } = this.deps;
    const attempted = await send(delivery);
    if (this.isStopped() && attempted.status === undefined) return;
    const isDelivered = attempted.error === undefined;
    webhookAttempted.tell(() => ({ result: isDelivered ? 'delivered' : 'failed' }));
    if (isDelivered) {
      this.delivered += 1;
      return store.delivered(delivery, attempted);
    }
    this.failed += 1;
    const waitMs = deliveryWaitMs(options.backoff, delivery.attempts, random(), attempted.retryAfterMs);
    const disabled = await store.failed(delivery, attempted, waitMs, options.disableAfterMs);
    if (!disabled) return tryLater(delivery, waitMs);
    const fields = { webhook: this.webhookId, why: attempted.error };
    log.error(fields, 'a webhook is disabled; POST /webhooks/{id}/enable begins again');
  }
}

/** Resolves with the work, and after `ms` without it. */
async function upTo(ms: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}

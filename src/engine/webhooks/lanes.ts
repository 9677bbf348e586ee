import type { Log } from '../log';
import { webhookAttempted } from '../telemetry';
import { type DeliveryBackoff, deliveryWaitMs } from './backoff';
import type { Attempted, ClaimedDelivery, DeliveryStore, EndedAttempt } from './store';

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
    await Promise.all([...this.lanes.values()].map((lane) => lane.over()));
  }
}

class Lane {
  delivered = 0;
  failed = 0;
  private running: Promise<void> | undefined;
  private again = false;
  private attempting = 0;
  private readonly ended: EndedAttempt[] = [];
  private writing: Promise<void> | undefined;
  private readonly waiting = new Set<() => void>();

  constructor(
    private readonly webhookId: string,
    private readonly deps: LaneDeps,
    private readonly isStopped: () => boolean,
  ) {}

  get isIdle(): boolean {
    return this.running === undefined && this.inFlight === 0;
  }

  get inFlight(): number {
    return this.attempting;
  }

  /** Resolves when no attempt is under way any more. */
  async over(): Promise<void> {
    while (this.inFlight > 0) await this.change();
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
    if (!this.again || free === 0) return this.change();
    this.again = false;
    const claimed = await store.claim(this.webhookId, free, options.leaseMs);
    // As many as were asked for: there may be more.
    if (claimed.length === free) this.again = true;
    for (const delivery of claimed) this.begin(delivery);
  }

  /** Resolves when a place is free, or there is something new. */
  private async change(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.waiting.add(resolve);
    });
  }

  private freed(): void {
    for (const resolve of this.waiting) resolve();
    this.waiting.clear();
  }

  private begin(delivery: ClaimedDelivery): void {
    this.attempting += 1;
    this.deps
      .send(delivery)
      .then((attempted) => this.hear(delivery, attempted))
      .catch((error: unknown) =>
        this.deps.log.error({ err: error, webhook: this.webhookId }, 'an attempt failed otherwise'),
      )
      .finally(() => {
        this.attempting -= 1;
        this.freed();
      });
  }

  /** Keeps its place until what it came to is written down. */
  private async hear(delivery: ClaimedDelivery, attempted: Attempted): Promise<void> {
    const { random, options } = this.deps;
    // Cut off by the stop of this process, which says nothing of the receiver.
    if (this.isStopped() && attempted.status === undefined) return;
    const failed = attempted.error !== undefined;
    webhookAttempted.tell(() => ({ result: failed ? 'failed' : 'delivered' }));
    if (failed) this.failed += 1;
    else this.delivered += 1;
    const waitMs = deliveryWaitMs(options.backoff, delivery.attempts, random(), attempted.retryAfterMs);
    this.ended.push({ delivery, attempted, ...(failed && { waitMs }) });
    this.writing ??= this.write();
    await this.writing;
  }

  /** Writes down together what has ended, as long as there is any. */
  private async write(): Promise<void> {
    for (let ended = this.ended.splice(0); ended.length > 0; ended = this.ended.splice(0)) await this.end(ended);
    this.writing = undefined;
  }

  private async end(ended: readonly EndedAttempt[]): Promise<void> {
    const { store, options, tryLater, log } = this.deps;
    try {
      const disabled = await store.end(this.webhookId, ended, options.disableAfterMs);
      if (disabled) this.tellDisabled(ended);
      else for (const { delivery, waitMs } of ended) if (waitMs !== undefined) tryLater(delivery, waitMs);
    } catch (error) {
      // They are due again when their leases end.
      log.warn({ err: error, webhook: this.webhookId }, 'attempts could not be written down');
    }
  }

  private tellDisabled(ended: readonly EndedAttempt[]): void {
    const why = ended.findLast(({ attempted }) => attempted.error !== undefined)?.attempted.error;
    const fields = { webhook: this.webhookId, why };
    this.deps.log.error(fields, 'a webhook is disabled; POST /webhooks/{id}/enable begins again');
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

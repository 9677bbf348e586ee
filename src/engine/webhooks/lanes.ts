import type { Log } from '../log';
import { webhookAttempted } from '../telemetry';
import { type DeliveryBackoff, deliveryWaitMs } from './backoff';
import type { Attempted, ClaimedDelivery, DeliveryStore, EndedAttempt } from './store';

/** Makes one attempt. Never rejects. */
export type Send = (delivery: ClaimedDelivery) => Promise<Attempted>;

/** Schedules the next attempt of a delivery. The schedule may be lost: a sweep also finds the delivery. */
export type TryLater = (delivery: ClaimedDelivery, waitMs: number) => void;

export interface LaneOptions {
  /** The most attempts of one webhook in flight in this process. */
  readonly concurrency: number;
  /** After this time an attempt counts as lost with its process. It is longer than any attempt takes. */
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

/** Attempts of one webhook: those that have ended, and those in flight. */
export interface Delivered {
  readonly delivered: number;
  readonly failed: number;
  readonly left: number;
}

/**
 * Delivers what is due, with a lane for each webhook: a slow receiver delays only its own deliveries. Jobs and the
 * sweep may wake a lane as often as they like. The lane reads from the store what is due.
 */
export class Lanes {
  private readonly lanes = new Map<string, Lane>();
  private stopped = false;

  constructor(private readonly deps: LaneDeps) {}

  /** Delivers what is due for this webhook. Resolves with the counts after `patientMs` at the latest. Rejects when the store is away. */
  async deliver(webhookId: string, patientMs: number): Promise<Delivered> {
    const { lane, idle } = this.wake(webhookId);
    const { delivered, failed } = lane;
    await upTo(patientMs, idle);
    // The sweep meets and logs a failure that comes after `patientMs`.
    idle.catch(() => undefined);
    return { delivered: lane.delivered - delivered, failed: lane.failed - failed, left: lane.inFlight };
  }

  /** Wakes every webhook that has a delivery due. */
  async sweep(): Promise<void> {
    const due = await this.deps.store.due();
    for (const webhookId of due) {
      this.wake(webhookId).idle.catch((error: unknown) => {
        this.deps.log.warn({ err: error, webhook: webhookId }, 'deliveries of a webhook could not be looked for');
      });
    }
  }

  /** `idle` resolves when the webhook has nothing due any more. */
  private wake(webhookId: string): { readonly lane: Lane; readonly idle: Promise<void> } {
    const lane = this.lanes.get(webhookId) ?? new Lane(webhookId, this.deps, () => this.stopped);
    this.lanes.set(webhookId, lane);
    const idle = lane.wake().finally(() => {
      if (lane.isIdle && this.lanes.get(webhookId) === lane) this.lanes.delete(webhookId);
    });
    return { lane, idle };
  }

  /**
   * Starts no more attempts. Resolves when the attempts in flight have ended. An attempt that is cut off is made again
   * when its lease ends.
   */
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

  /** Resolves when no attempt is in flight any more. */
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
      // Runs in the same turn as the last check, so that a later wake-up starts another run.
      this.running = undefined;
    }
  }

  /** Claims as many deliveries as there is room for. Otherwise waits for room or for a wake-up. */
  private async step(): Promise<void> {
    const { store, options } = this.deps;
    const free = options.concurrency - this.inFlight;
    if (!this.again || free === 0) return this.change();
    this.again = false;
    const claimed = await store.claim(this.webhookId, free, options.leaseMs);
    // The claim returned as many as were asked for, so there may be more.
    if (claimed.length === free) this.again = true;
    for (const delivery of claimed) this.begin(delivery);
  }

  /** Resolves when there is room, or a wake-up came. */
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

  /** Keeps the attempt's place until its outcome is stored. */
  private async hear(delivery: ClaimedDelivery, attempted: Attempted): Promise<void> {
    const { random, options } = this.deps;
    // This process's own stop cut the attempt off, which says nothing about the receiver.
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

  /** Writes the ended attempts together, until none is left. */
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
      // The deliveries are due again when their leases end.
      log.warn({ err: error, webhook: this.webhookId }, 'attempts could not be written down');
    }
  }

  private tellDisabled(ended: readonly EndedAttempt[]): void {
    const why = ended.findLast(({ attempted }) => attempted.error !== undefined)?.attempted.error;
    const fields = { webhook: this.webhookId, why };
    this.deps.log.error(fields, 'a webhook is disabled; POST /webhooks/{id}/enable begins again');
  }
}

/** Resolves when the work does, or after `ms` at the latest. */
async function upTo(ms: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}

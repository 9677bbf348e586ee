import type { Log } from '../../engine/log';
import type { ClaimedDelivery, NewDelivery } from '../../engine/webhooks/store';
import type { QueueBackend } from './backend';
import { DELIVER_JOB, type DeliveryJob } from './jobs';

/** Events that one job names. */
const EVENTS_MAX = 100;

/** Adds jobs that announce deliveries. If a job cannot be added, the sweep finds the delivery when it is due. */
export class DeliveryJobs {
  constructor(
    private readonly backend: Pick<QueueBackend, 'available' | 'queue'>,
    private readonly log: Log,
  ) {}

  /** Announces deliveries that one statement wrote. */
  readonly announce = (webhook: string, deliveries: readonly NewDelivery[]): void => {
    const jobs: DeliveryJob[] = [];
    for (let from = 0; from < deliveries.length; from += EVENTS_MAX)
      jobs.push({ webhook, events: deliveries.slice(from, from + EVENTS_MAX).map(nameOf), attempt: 1 });
    this.add(jobs, 0);
  };

  readonly tryLater = (delivery: ClaimedDelivery, waitMs: number): void => {
    this.add([{ webhook: delivery.webhookId, events: [nameOf(delivery)], attempt: delivery.attempts + 1 }], waitMs);
  };

  private add(jobs: readonly DeliveryJob[], delay: number): void {
    if (!this.backend.available()) return;
    const added = jobs.map((data) => ({ name: 'deliver', data, opts: { ...DELIVER_JOB, delay } }) as const);
    this.backend.queue
      .addBulk(added)
      .catch((error: unknown) => this.log.debug({ err: error }, 'a job for deliveries could not be added'));
  }
}

function nameOf({ type, cursor: { position, count, atMs } }: NewDelivery): string {
  return `${type} ${position}-${count}-${atMs}`;
}

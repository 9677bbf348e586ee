import type { QueueBackend } from '../adapters/bullmq/backend';
import { DeliveryJobs } from '../adapters/bullmq/deliveryJobs';
import type { JobHandlers } from '../adapters/bullmq/processor';
import { ReadPool } from '../adapters/postgres/reads/readPool';
import { PostgresCourses } from '../adapters/postgres/webhooks/courses';
import { PostgresDeliveries } from '../adapters/postgres/webhooks/deliveries';
import { PostgresWebhooks } from '../adapters/postgres/webhooks/webhooks';
import { systemClock, wallClockMs } from '../adapters/systemClock';
import { CallableAddresses } from '../adapters/webhooks/addresses';
import { WebhookSecrets } from '../adapters/webhooks/secrets';
import { WebhookSender } from '../adapters/webhooks/sender';
import type { Config } from '../config';
import type { TransferQuery, TransferRefusal } from '../domain/transfer';
import type { Feed } from '../engine/feed/feed';
import type { Log } from '../engine/log';
import { Dispatcher } from '../engine/webhooks/dispatcher';
import { Lanes } from '../engine/webhooks/lanes';
import type { WebhookHealth } from '../engine/webhooks/webhooks';
import { webhookBodies } from '../http/answers/webhookBody';
import type { HttpDeps } from '../http/deps';
import type { Lifecycle } from './lifecycle';
import { every, within } from './timing';

/** Separate from the connections for reads, so that a caller that reads a lot delays no delivery, and deliveries delay no reader. */
export const WEBHOOK_CONNECTIONS_MAX = 2;
const DISPATCH = { pendingMax: 1_000, lookEveryMs: 1_000 };
/** The time that a lease gives beyond an attempt, to store its outcome. */
const LEASE_SPARE_MS = 5_000;
const ATTEMPTS_STOP_MS = 500;

export interface ComposedWebhooks {
  readonly http: HttpDeps['webhooks'];
  readonly health: () => Promise<WebhookHealth>;
  /** Runs the delivery jobs. */
  readonly deliver: JobHandlers<unknown, unknown>['deliver'];
  /** From now on, looks for events and for due deliveries while this process runs the jobs. */
  begin(runs: () => boolean): void;
}

/** Delivers events to webhooks, as docs/webhooks.md says. */
export function composeWebhooks(
  config: Config,
  databaseUrl: string,
  reads: ReadPool,
  backend: QueueBackend,
  feed: Feed<TransferQuery, TransferRefusal>,
  log: Log,
  life: Lifecycle,
): ComposedWebhooks {
  const secrets = new WebhookSecrets(config.WEBHOOK_KEYS ?? []);
  const addresses = new CallableAddresses(config.WEBHOOK_ALLOWED_NETWORKS ?? []);
  const store = new PostgresWebhooks(reads, secrets);
  const pool = new ReadPool(
    {
      connectionString: databaseUrl,
      name: 'tandem-webhooks',
      connectionsMax: WEBHOOK_CONNECTIONS_MAX,
      acquireTimeoutMs: 2_000,
      statementTimeoutMs: 5_000,
      // An undone write is repeated: the place in the feed goes back together with its deliveries.
      mayBeUndone: true,
    },
    log,
  );
  life.started('webhook pool', () => pool.close());
  const sender = new WebhookSender(addresses, secrets, wallClockMs, {
    timeoutMs: config.WEBHOOK_TIMEOUT_MS,
    connectionsMax: config.WEBHOOK_CONCURRENCY,
  });
  life.started('webhook connections', () => sender.close());
  const jobs = new DeliveryJobs(backend, log);
  const lanes = new Lanes({
    store: new PostgresDeliveries(pool),
    send: (delivery) => sender.send(delivery),
    tryLater: jobs.tryLater,
    random: Math.random,
    log,
    options: {
      concurrency: config.WEBHOOK_CONCURRENCY,
      leaseMs: config.WEBHOOK_TIMEOUT_MS + LEASE_SPARE_MS,
      backoff: { minMs: config.WEBHOOK_BACKOFF_MIN_MS, maxMs: config.WEBHOOK_BACKOFF_MAX_MS },
      disableAfterMs: config.WEBHOOK_DISABLE_AFTER_MS,
    },
  });
  life.started('deliveries', async () => {
    if (!(await within(ATTEMPTS_STOP_MS, lanes.stop())))
      log.info({}, 'deliveries were still under way; they are made again');
  });
  return {
    http: { store, whyRefused: (url) => addresses.whyRefused(url) },
    health: () => store.health(),
    deliver: (webhook, patientMs) => lanes.deliver(webhook, patientMs),
    begin(runs) {
      const dispatcher = new Dispatcher({
        store: new PostgresCourses(pool),
        feed,
        bodyOf: webhookBodies(log),
        clock: systemClock,
        announce: jobs.announce,
        runs,
        log,
        options: DISPATCH,
      });
      dispatcher.start();
      life.started('dispatcher', () => dispatcher.stop());
      const sweep = async (): Promise<void> => {
        if (runs()) await lanes.sweep();
      };
      life.started(
        'delivery sweep',
        every(config.SWEEP_EVERY_MS, sweep, log, 'deliveries that are due could not be looked for'),
      );
    },
  };
}

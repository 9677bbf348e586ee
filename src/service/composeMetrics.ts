import type { Pool } from 'pg';
import type { QueueBackend } from '../adapters/bullmq/backend';
import { jobCounts } from '../adapters/bullmq/jobCounts';
import type { PostgresFeed } from '../adapters/postgres/reads/feed';
import type { PostgresOperations } from '../adapters/postgres/reads/operations';
import type { ReadPool } from '../adapters/postgres/reads/readPool';
import { Metrics } from '../adapters/prometheus/metrics';
import type { Participants } from '../engine/participants';
import type { WebhookHealth } from '../engine/webhooks/webhooks';
import type { Readiness } from '../http/deps';
import type { Engine } from './composeEngine';

export interface MetricParts {
  readonly engine: Engine;
  readonly pool: Pool;
  readonly reads: ReadPool;
  readonly backend: QueueBackend;
  readonly operations: Pick<PostgresOperations<unknown, unknown>, 'pending' | 'waitingCalls'>;
  readonly feed: { readonly subscribers: number };
  readonly feedStore: Pick<PostgresFeed<unknown, unknown>, 'lagSeconds'>;
  readonly webhookHealth: () => Promise<WebhookHealth>;
  readonly participants: Pick<Participants, 'status'>;
  readonly runsJobs: () => boolean;
  readonly readiness: () => Promise<Readiness>;
}

/** Makes the metrics of this process. They include the queue and the database as this process sees them. */
export function composeMetrics(parts: MetricParts): Metrics {
  const {
    engine,
    pool,
    reads,
    backend,
    operations,
    feed,
    feedStore,
    webhookHealth,
    participants,
    runsJobs,
    readiness,
  } = parts;
  return new Metrics({
    actors: () => engine.accounts.size,
    mailboxes: () => engine.accounts.load,
    hotPool: () => ({ used: pool.totalCount - pool.idleCount, free: pool.idleCount, waiting: pool.waitingCount }),
    readPool: () => reads.use,
    queue: () => jobCounts(backend.queue),
    pending: () => operations.pending(),
    participants: () => participants.status(),
    followers: () => feed.subscribers,
    feedLagSeconds: () => feedStore.lagSeconds(),
    webhooks: webhookHealth,
    waitingCalls: () => operations.waitingCalls(),
    runsJobs,
    checks: async () => (await readiness()).checks,
  });
}

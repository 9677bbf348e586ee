import type { Pool } from 'pg';
import type { QueueBackend } from './adapters/bullmq/backend';
import { jobCounts } from './adapters/bullmq/jobCounts';
import type { PostgresOperations } from './adapters/postgres/operations';
import type { ReadPool } from './adapters/postgres/readPool';
import { Metrics } from './adapters/prometheus/metrics';
import type { Engine } from './composeEngine';

export interface MetricParts {
  readonly engine: Engine;
  readonly pool: Pool;
  readonly reads: ReadPool;
  readonly backend: QueueBackend;
  readonly operations: Pick<PostgresOperations<unknown, unknown>, 'pending'>;
  readonly runsJobs: () => boolean;
}

/** Metrics of this process, and what it sees of the queue and of the database. */
export function composeMetrics({ engine, pool, reads, backend, operations, runsJobs }: MetricParts): Metrics {
  return new Metrics({
    actors: () => engine.accounts.size,
    mailboxes: () => engine.accounts.load,
    hotPool: () => ({ used: pool.totalCount - pool.idleCount, free: pool.idleCount, waiting: pool.waitingCount }),
    readPool: () => reads.use,
    queue: () => jobCounts(backend.queue),
    pending: () => operations.pending(),
    runsJobs,
  });
}

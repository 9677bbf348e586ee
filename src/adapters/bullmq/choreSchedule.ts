import type { CoordinatorQueue } from './backend';
import { SCHEDULED_JOB } from './jobs';

/** Periodic work for any free worker. */
export interface ChoreTimes {
  readonly pruneEveryMs: number;
}

/** Job schedulers for the chores. Idempotent. */
export async function scheduleChores(queue: CoordinatorQueue, times: ChoreTimes): Promise<void> {
  const { pruneEveryMs } = times;
  await queue.upsertJobScheduler(
    'prune',
    { every: pruneEveryMs },
    { name: 'prune', data: { every: `${pruneEveryMs} ms` }, opts: SCHEDULED_JOB },
  );
}

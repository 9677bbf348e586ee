import type { CoordinatorQueue } from './backend';

/** Work that is to be done now and then, by whichever worker is free. */
export interface ChoreTimes {
  readonly pruneEveryMs: number;
  readonly snapshotEveryMs: number;
}

const KEPT = { removeOnComplete: { count: 10 }, removeOnFail: { count: 10 } };

/** Job schedulers for the chores. Idempotent. */
export async function scheduleChores(queue: CoordinatorQueue, times: ChoreTimes): Promise<void> {
  const { pruneEveryMs, snapshotEveryMs } = times;
  await queue.upsertJobScheduler(
    'prune',
    { every: pruneEveryMs },
    { name: 'prune', data: { every: `${pruneEveryMs} ms` }, opts: KEPT },
  );
  await queue.upsertJobScheduler(
    'snapshot',
    { every: snapshotEveryMs },
    { name: 'snapshot', data: { every: `${snapshotEveryMs} ms` }, opts: KEPT },
  );
}

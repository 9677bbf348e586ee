import type { CoordinatorQueue } from './backend';
import { SCHEDULED_JOB } from './jobs';

const SCHEDULER_ID = 'sweep';

/** A BullMQ job scheduler that adds one sweep every `everyMs`, for any free worker. Idempotent. */
export async function scheduleSweeps(queue: CoordinatorQueue, everyMs: number): Promise<void> {
  await queue.upsertJobScheduler(
    SCHEDULER_ID,
    { every: everyMs },
    { name: 'sweep', data: { every: `${everyMs} ms` }, opts: SCHEDULED_JOB },
  );
}

/** Recreates the schedule even if it seems to exist: the queue may have lost the job that continues it. */
export async function rescheduleSweeps(queue: CoordinatorQueue, everyMs: number): Promise<void> {
  await queue.removeJobScheduler(SCHEDULER_ID);
  await scheduleSweeps(queue, everyMs);
}

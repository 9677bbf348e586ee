import type { CoordinatorQueue } from './backend';
import { SCHEDULED_JOB } from './jobs';

const SCHEDULER_ID = 'sweep';

/** Sweeps as a BullMQ job scheduler: one sweep each `everyMs`, run by any worker that is free. Idempotent. */
export async function scheduleSweeps(queue: CoordinatorQueue, everyMs: number): Promise<void> {
  await queue.upsertJobScheduler(
    SCHEDULER_ID,
    { every: everyMs },
    { name: 'sweep', data: { every: `${everyMs} ms` }, opts: SCHEDULED_JOB },
  );
}

/** Makes the schedule again, also when it seems to be there: the queue may have lost the job that carries it on. */
export async function rescheduleSweeps(queue: CoordinatorQueue, everyMs: number): Promise<void> {
  await queue.removeJobScheduler(SCHEDULER_ID);
  await scheduleSweeps(queue, everyMs);
}

import type { Resumption } from '../../engine/transactions/record';
import type { CoordinatorQueue } from './backend';
import { resumeJobId } from './jobs';

/** What the resume job of a transaction failed with the last time, if the queue still knows it. */
export async function lastError(queue: CoordinatorQueue, resumption: Resumption): Promise<string | undefined> {
  const job = await queue.getJob(resumeJobId(resumption));
  return job?.failedReason;
}

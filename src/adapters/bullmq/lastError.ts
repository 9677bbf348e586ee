import type { Resumption } from '../../engine/transactions/record';
import type { CoordinatorQueue } from './backend';
import { resumeJobId } from './jobs';

/** The last error of a transaction's resume job, if the queue still has that job. */
export async function lastError(queue: CoordinatorQueue, resumption: Resumption): Promise<string | undefined> {
  const job = await queue.getJob(resumeJobId(resumption));
  return job?.failedReason;
}

import type { CoordinatorQueue } from './backend';

/** Jobs by state, for metrics. */
export function jobCounts(queue: CoordinatorQueue): Promise<Record<string, number>> {
  return queue.getJobCounts('waiting', 'active', 'delayed', 'completed', 'failed', 'prioritized');
}

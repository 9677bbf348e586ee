import type { JobsOptions } from 'bullmq';
import type { TransactionId } from '../../domain/ids';
import type { Resumption } from '../../engine/ports';

export const QUEUE_NAME = 'coordinator';

/** What a job carries. It is a hint: whoever runs it reads the truth from the database. */
export type JobData =
  /** Drive transactions that were created, or found by a sweep, together. */
  | { readonly transactions: readonly TransactionId[] }
  /** Go on with one that an earlier driver could not finish. */
  | { readonly transaction: TransactionId; readonly attempt: number }
  /** Look for pending transactions that nobody drives; or another chore that is done now and then. */
  | { readonly every: string };

export type JobName = 'drive' | 'resume' | 'sweep' | 'prune' | 'snapshot';

/** What a job says when it is done; an operator reads it on the dashboard. */
export type JobResult =
  | { readonly committed: number; readonly aborted: number; readonly failed: number; readonly left: number }
  | { readonly status: string }
  | { readonly resumed: number }
  | { readonly transactions: number; readonly keys: number }
  | { readonly accounts: number };

export interface JobRetention {
  /** Finished drive jobs kept for the dashboard. */
  readonly keepCompleted: number;
  readonly keepFailed: number;
}

export function driveOptions({ keepCompleted, keepFailed }: JobRetention): JobsOptions {
  return { removeOnComplete: { count: keepCompleted }, removeOnFail: { count: keepFailed } };
}

export function resumeJobId({ id, attempts }: Resumption): string {
  return `resume-${id}-${attempts}`;
}

/**
 * One job for each attempt of a transaction, so that a wake-up sent twice is one job, and a failed one that is kept for
 * the operator does not stand in the way of the next. BullMQ's `jitter: 1` is full jitter.
 */
export function resumeOptions(
  { id, attempts }: Resumption,
  delayMs: number,
  { keepFailed }: JobRetention,
): JobsOptions {
  return {
    jobId: resumeJobId({ id, attempts }),
    delay: Math.ceil(delayMs),
    attempts: RESUME_ATTEMPTS,
    backoff: { type: 'exponential', delay: RESUME_BACKOFF_MS, jitter: 1 },
    removeOnComplete: true,
    removeOnFail: { count: keepFailed },
  };
}

const RESUME_ATTEMPTS = 8;
const RESUME_BACKOFF_MS = 250;

import type { JobsOptions } from 'bullmq';
import type { TransactionId } from '../../domain/ids';
import type { Resumption } from '../../engine/transactions/record';
import type { UnansweredCall } from '../../engine/transactions/unanswered';

export const QUEUE_NAME = 'coordinator';

/** What a job carries. It is a hint: the process that runs it reads the truth from the database. */
export type JobData =
  /** Drive transactions that were created, or found by a sweep, together. */
  | { readonly transactions: readonly TransactionId[] }
  /** Go on with one that an earlier driver could not finish. */
  | { readonly transaction: TransactionId; readonly attempt: number }
  /** Make a call again that a branch has not answered; `attempt` is how often it was made. */
  | {
      readonly transaction: TransactionId;
      readonly branch: string;
      readonly call: UnansweredCall['call'];
      readonly attempt: number;
      readonly lastError: string;
      /** When it is made again, ISO 8601, by the clock of the process that added the job. */
      readonly nextAt: string;
    }
  | DeliveryJob
  /** Look for pending transactions that no process drives; or another chore that is done now and then. */
  | { readonly every: string };

/** Deliver what is due of a webhook. `events` are those that the job was added for, and `attempt` the one of them that comes. */
export interface DeliveryJob {
  readonly webhook: string;
  readonly events: readonly string[];
  readonly attempt: number;
}

export type JobName = 'drive' | 'resume' | 'ask' | 'deliver' | 'sweep' | 'prune';

/** What a job says when it is done; an operator reads it on the dashboard. */
export type JobResult =
  | { readonly committed: number; readonly aborted: number; readonly failed: number; readonly left: number }
  | { readonly status: string; readonly left?: string }
  | { readonly resumed: number }
  | {
      readonly transactions: number;
      readonly keys: number;
      readonly calls: number;
      readonly tombstones: number;
      readonly deliveries: number;
    }
  | { readonly delivered: number; readonly failed: number; readonly left: number };

/**
 * Finished drive and resume jobs that are kept for the dashboard: at least so many of the last, and at most
 * `TRIMMED_EVERY` more for each process that adds jobs.
 */
export interface JobRetention {
  readonly keepCompleted: number;
  readonly keepFailed: number;
}

/**
 * BullMQ applies what one job says of retention to all finished jobs of the queue. In PostgreSQL that looks at every job that
 * is kept: 8 ms with 1,000 of them, ten times what the rest of a job takes. So one job in so many trims, the others stay.
 */
const TRIMMED_EVERY = 50;

/** `added` counts the drive jobs of this process. */
export function driveOptions({ keepCompleted, keepFailed }: JobRetention, added: number): JobsOptions {
  const trims = added % TRIMMED_EVERY === 0;
  return { removeOnComplete: trims ? { count: keepCompleted } : false, removeOnFail: { count: keepFailed } };
}

const LEAVES_NOTHING: JobsOptions = { removeOnComplete: true, removeOnFail: true };

/**
 * Sweeps and chores leave nothing behind: any number of their jobs to keep would be the number of all jobs to keep, and
 * once a second a finished one would push out the job of a transfer. What they did is counted, what they fail with is logged.
 */
export const SCHEDULED_JOB: JobsOptions = LEAVES_NOTHING;

/**
 * What was tried for whom stands in the database, where operators look it up. Jobs of transfers come first: those have no priority, which
 * in BullMQ goes before any.
 */
export const DELIVER_JOB: JobsOptions = { ...LEAVES_NOTHING, priority: 10 };

export function resumeJobId({ id, attempts }: Resumption): string {
  return `resume-${id}-${attempts}`;
}

/**
 * One job for each attempt of a transaction, so that a wake-up sent twice is one job, and a finished one that is kept for
 * the operator does not stand in the way of the next. BullMQ's `jitter: 1` is full jitter.
 */
export function resumeOptions(
  { id, attempts }: Resumption,
  delayMs: number,
  { keepCompleted, keepFailed }: JobRetention,
): JobsOptions {
  return {
    jobId: resumeJobId({ id, attempts }),
    delay: Math.ceil(delayMs),
    attempts: RESUME_ATTEMPTS,
    backoff: { type: 'exponential', delay: RESUME_BACKOFF_MS, jitter: 1 },
    removeOnComplete: { count: keepCompleted },
    removeOnFail: { count: keepFailed },
  };
}

/**
 * One job for each attempt of a call, as for resumptions, but none is kept: a driver that was paused may count fewer attempts than were
 * made, and a job is not added under the id of one that is there. What a call came to stands in the next job, and with the
 * transaction. BullMQ takes no colon in the id of a job.
 */
export function askOptions(
  id: TransactionId,
  { branch, call, attempts }: UnansweredCall,
  delayMs: number,
): JobsOptions {
  return {
    jobId: `ask-${id}-${encodeURIComponent(branch)}-${call}-${attempts}`,
    delay: Math.ceil(delayMs),
    ...LEAVES_NOTHING,
  };
}

/** No pause is longer than 2 s: after the last attempt the sweep goes on, and adds a job of its own. */
const RESUME_ATTEMPTS = 5;
const RESUME_BACKOFF_MS = 250;

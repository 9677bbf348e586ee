import type { JobsOptions } from 'bullmq';
import type { TransactionId } from '../../domain/ids';
import type { Resumption } from '../../engine/transactions/record';
import type { UnansweredCall } from '../../engine/transactions/unanswered';

export const QUEUE_NAME = 'coordinator';

/** The data of a job. It is a hint: the process that runs the job reads the truth from the database. */
export type JobData =
  /** Drive transactions that were created together, or that one sweep found. */
  | { readonly transactions: readonly TransactionId[] }
  /** Resume a transaction that an earlier driver could not finish. */
  | { readonly transaction: TransactionId; readonly attempt: number }
  /** Repeat a call that a branch has not answered; `attempt` counts the calls made so far. */
  | {
      readonly transaction: TransactionId;
      readonly branch: string;
      readonly call: UnansweredCall['call'];
      readonly attempt: number;
      readonly lastError: string;
      /** When the call is repeated, ISO 8601, by the clock of the process that added the job. */
      readonly nextAt: string;
    }
  | DeliveryJob
  /** Sweep for pending transactions that no process drives, or do another periodic chore. */
  | { readonly every: string };

/**
 * Deliver what is due for a webhook. `events` are the events that the job was added for; `attempt` is the number of
 * their next attempt.
 */
export interface DeliveryJob {
  readonly webhook: string;
  readonly events: readonly string[];
  readonly attempt: number;
}

export type JobName = 'drive' | 'resume' | 'ask' | 'deliver' | 'sweep' | 'prune';

/** The result of a job; operators read it on the dashboard. */
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
 * How many finished drive and resume jobs stay for the dashboard. The queue keeps at least this many of the newest, and
 * at most `TRIMMED_EVERY` more for each process that adds jobs.
 */
export interface JobRetention {
  readonly keepCompleted: number;
  readonly keepFailed: number;
}

/**
 * BullMQ applies the retention of one job to all finished jobs of the queue. In PostgreSQL this reads every kept job: 8
 * ms for 1,000 jobs, ten times the rest of a job. So only one job in `TRIMMED_EVERY` trims the queue.
 */
const TRIMMED_EVERY = 50;

/** `added` counts the drive jobs of this process. */
export function driveOptions({ keepCompleted, keepFailed }: JobRetention, added: number): JobsOptions {
  const trims = added % TRIMMED_EVERY === 0;
  return { removeOnComplete: trims ? { count: keepCompleted } : false, removeOnFail: { count: keepFailed } };
}

const LEAVES_NOTHING: JobsOptions = { removeOnComplete: true, removeOnFail: true };

/**
 * Sweeps and chores keep no finished jobs. BullMQ would apply their limit to all jobs of the queue, and once a second a
 * finished sweep would push out the job of a transfer. Metrics count what they did; the log has their errors.
 */
export const SCHEDULED_JOB: JobsOptions = LEAVES_NOTHING;

/**
 * Keeps no finished jobs: the database records the attempts, and operators read them there. Jobs of transfers come
 * first: they have no priority, and BullMQ runs jobs without a priority before all others.
 */
export const DELIVER_JOB: JobsOptions = { ...LEAVES_NOTHING, priority: 10 };

export function resumeJobId({ id, attempts }: Resumption): string {
  return `resume-${id}-${attempts}`;
}

/**
 * One job for each attempt of a transaction. A wake-up sent twice is then one job, and a finished job that is kept for
 * the operator does not block the next attempt. BullMQ's `jitter: 1` is full jitter.
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
 * One job for each attempt of a call, as for resumptions. None is kept: a driver that was paused may count too few
 * attempts, and BullMQ adds no job under an id that it still has. The next job and the transaction record the result of
 * a call. BullMQ allows no colon in the id of a job.
 */
export function askOptions(
  id: TransactionId,
  { branch, call, attempts }: UnansweredCall,
  delayMs: number,
): JobsOptions {
  return {
    // The dashboard finds no job whose id a browser has to escape.
    jobId: `ask-${id}-${Buffer.from(branch).toString('base64url')}-${call}-${attempts}`,
    delay: Math.ceil(delayMs),
    ...LEAVES_NOTHING,
  };
}

/** No pause is longer than 2 s. After the last attempt the sweep resumes the transaction and adds a new job. */
const RESUME_ATTEMPTS = 5;
const RESUME_BACKOFF_MS = 250;

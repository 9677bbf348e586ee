import { UnrecoverableError } from 'bullmq';
import type { TransactionId } from '../../domain/ids';
import type { Log } from '../../engine/log';
import { type Driven, describeUnfinished } from '../../engine/transactions/driver';
import type { Drives } from '../../engine/transactions/drives';
import type { Delivered } from '../../engine/webhooks/lanes';
import { saysUnreachable } from '../unreachable';
import type { CoordinatorProcessor } from './backend';
import type { JobName, JobResult } from './jobs';

export interface JobHandlers<Q, R> {
  readonly drives: Drives<Q, R>;
  /** Resolves to the number of transactions that it resumed. */
  readonly sweep: () => Promise<number>;
  /** Deletes records of what was finished long ago. */
  readonly prune: () => Promise<Extract<JobResult, { readonly tombstones: number }>>;
  /** Delivers what is due for a webhook. Resolves after at most `patientMs` milliseconds to what was done. */
  readonly deliver: (webhook: string, patientMs: number) => Promise<Delivered>;
  readonly log: Log;
}

/**
 * The longest time a job waits for a participant or a receiver. Then the job ends, and the process continues without
 * it.
 */
const PATIENT_MS = 100;

/** Runs the coordinator's jobs. Repeated, late and concurrent deliveries of one job are harmless. */
export function createProcessor<Q, R>(handlers: JobHandlers<Q, R>): CoordinatorProcessor {
  const { drives, log } = handlers;
  const sweep = logged('sweep', handlers.sweep, log);
  const prune = logged('prune', handlers.prune, log);
  return async (job) => {
    const { name, data } = job;
    if (name === 'drive' && 'transactions' in data) return drive(drives, data.transactions, log);
    if (name === 'resume' && 'transaction' in data) return resume(drives, data.transaction);
    if (name === 'ask' && 'branch' in data) return ask(drives, data.transaction);
    if (name === 'deliver' && 'webhook' in data) return handlers.deliver(data.webhook, PATIENT_MS);
    if (name === 'sweep') return { resumed: await sweep() };
    if (name === 'prune') return prune();
    throw new UnrecoverableError(`There is no job called ${name} with such data`);
  };
}

/**
 * Logs the error of a scheduled job once until it succeeds again, because the schedule repeats it. An outage has log
 * lines of its own: the log of the service takes its errors out, so no line says that the job works again.
 */
function logged<T>(job: JobName, run: () => Promise<T>, log: Log): () => Promise<T> {
  let isSaid = false;
  return async () => {
    try {
      const done = await run();
      if (isSaid) log.info({ job }, 'a scheduled job works again');
      isSaid = false;
      return done;
    } catch (error) {
      if (!isSaid) log.warn({ err: error, job }, 'a scheduled job fails; it is tried again at its next time');
      isSaid ||= !saysUnreachable(error);
      throw error;
    }
  };
}

async function drive<Q, R>(drives: Drives<Q, R>, ids: readonly TransactionId[], log: Log): Promise<JobResult> {
  const driven = await drives.drive(ids, { repeats: false, patientMs: PATIENT_MS });
  if (driven.length < ids.length) {
    log.warn(
      { unknown: ids.length - driven.length },
      'a job names transactions that this database does not have; does a service with another database use this queue?',
    );
  }
  const count = (status: string): number =>
    driven.filter(({ kind, record }) => kind === 'at-rest' && record.state.status === status).length;
  return {
    committed: count('committed'),
    aborted: count('aborted'),
    failed: count('failed'),
    left: driven.filter(({ kind }) => kind === 'unfinished').length,
  };
}

/** Fails the job while the transaction is not final, so that BullMQ retries it with its visible backoff. */
async function resume<Q, R>(drives: Drives<Q, R>, id: TransactionId): Promise<JobResult> {
  const [driven] = await drives.drive([id], { repeats: true, patientMs: PATIENT_MS });
  if (!driven) throw new UnrecoverableError(`There is no transaction ${id}`);
  return { status: statusOf(driven) };
}

/** Makes the call that is due. If the call gets no answer again, a new job is added. */
async function ask<Q, R>(drives: Drives<Q, R>, id: TransactionId): Promise<JobResult> {
  const [driven] = await drives.drive([id], { repeats: false, patientMs: PATIENT_MS });
  if (!driven) throw new UnrecoverableError(`There is no transaction ${id}`);
  return {
    status: driven.record.state.status,
    ...(driven.kind === 'unfinished' && { left: describeUnfinished(driven) }),
  };
}

function statusOf<Q, R>(driven: Driven<Q, R>): string {
  const { status } = driven.record.state;
  // A transfer that waits only for branches that are away has a job for each of them.
  if (driven.kind === 'unfinished' && driven.error !== undefined) throw new Error(describeUnfinished(driven));
  return status;
}

import { UnrecoverableError } from 'bullmq';
import type { TransactionId } from '../../domain/ids';
import type { Coordinator } from '../../engine/coordinator';
import { type Driven, describeUnfinished } from '../../engine/driver';
import type { Log } from '../../engine/ports';
import type { CoordinatorProcessor } from './backend';
import type { JobResult } from './jobs';

export interface JobHandlers<Q, R> {
  readonly coordinator: Coordinator<Q, R>;
  /** Resolves to how many transactions it resumed. */
  readonly sweep: () => Promise<number>;
  /** Takes away what was finished long ago. */
  readonly prune: () => Promise<{ readonly transactions: number; readonly keys: number }>;
  /** Resolves to how many accounts got a newer snapshot. */
  readonly snapshot: () => Promise<number>;
  readonly log: Log;
}

/** Runs the coordinator's jobs. Repeated, late and concurrent deliveries of one job are harmless. */
export function createProcessor<Q, R>(handlers: JobHandlers<Q, R>): CoordinatorProcessor {
  const { coordinator, sweep, prune, snapshot, log } = handlers;
  return async (job) => {
    const { name, data } = job;
    if (name === 'drive' && 'transactions' in data) return drive(coordinator, data.transactions, log);
    if (name === 'resume' && 'transaction' in data) return resume(coordinator, data.transaction);
    if (name === 'sweep') return { resumed: await sweep() };
    if (name === 'prune') return prune();
    if (name === 'snapshot') return { accounts: await snapshot() };
    throw new UnrecoverableError(`There is no job called ${name} with such data`);
  };
}

async function drive<Q, R>(
  coordinator: Coordinator<Q, R>,
  ids: readonly TransactionId[],
  log: Log,
): Promise<JobResult> {
  const driven = await coordinator.drive(ids, { repeats: false });
  if (driven.length < ids.length) {
    log.warn(
      { unknown: ids.length - driven.length },
      'a job names transactions that this database does not have; does a service with another database use this queue?',
    );
  }
  const count = (status: string): number =>
    driven.filter(({ kind, record }) => kind === 'final' && record.state.status === status).length;
  return {
    committed: count('committed'),
    aborted: count('aborted'),
    failed: count('failed'),
    left: driven.filter(({ kind }) => kind === 'unfinished').length,
  };
}

/** Fails the job while the transaction is not final: BullMQ then repeats it with its backoff, for all to see. */
async function resume<Q, R>(coordinator: Coordinator<Q, R>, id: TransactionId): Promise<JobResult> {
  const [driven] = await coordinator.drive([id], { repeats: true });
  if (!driven) throw new UnrecoverableError(`There is no transaction ${id}`);
  return { status: finalStatusOf(id, driven) };
}

function finalStatusOf<Q, R>(id: TransactionId, driven: Driven<Q, R>): string {
  const { status } = driven.record.state;
  if (driven.kind === 'unfinished') throw new Error(describeUnfinished(id, status, driven.error));
  return status;
}

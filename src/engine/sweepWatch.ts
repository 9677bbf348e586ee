import type { TransactionId } from '../domain/ids';
import type { Log, TransactionStore } from './ports';
import type { SweepLimits } from './sweep';

export interface SweepWatchDeps<Q, R> {
  readonly store: Pick<TransactionStore<Q, R>, 'sweepAgeMs' | 'claimDue'>;
  readonly log: Log;
  readonly limits: SweepLimits;
  /** Without a sweep of the schedule's for this long, whoever was to do it is likely dead: this process sweeps. */
  readonly lateAfterMs: number;
  /** Without one for this long, the queue has lost its schedule or is away. */
  readonly lostAfterMs: number;
  readonly drive: (ids: readonly TransactionId[]) => Promise<void>;
  /** Makes the schedule of sweeps anew. */
  readonly reschedule: () => Promise<void>;
  /** Without one for this long, though the schedule was made anew, whoever runs the jobs does not get them. */
  readonly unservedAfterMs: number;
  /** Leaves the jobs to another process, if it is this one that runs them. */
  readonly giveUp: () => void;
}

/**
 * Sweeps without the queue when the queue does not: an emptied or unreachable queue has lost the sweep's schedule too,
 * so something that does not depend on it has to notice.
 */
export class SweepWatch<Q, R> {
  constructor(private readonly deps: SweepWatchDeps<Q, R>) {}

  async check(): Promise<void> {
    const { store, log, limits, lateAfterMs, lostAfterMs, unservedAfterMs, drive, reschedule, giveUp } = this.deps;
    const ageMs = await store.sweepAgeMs();
    if (ageMs <= lateAfterMs) return;
    log.info({ ageMs: Math.round(ageMs) }, 'the queue has not swept for too long; sweeping without it');
    for (;;) {
      const due = await store.claimDue(limits.batchMax, limits.leaseMs, { isSchedules: false });
      await drive(due.map(({ id }) => id));
      if (due.length < limits.batchMax) break;
    }
    if (ageMs > lostAfterMs) await reschedule();
    if (ageMs > unservedAfterMs) giveUp();
  }
}

import type { TransactionId } from '../../domain/ids';
import type { Log } from '../log';
import type { TransactionStore } from './store';
import type { SweepLimits } from './sweep';

export interface SweepWatchDeps<Q, R> {
  readonly store: Pick<TransactionStore<Q, R>, 'sweepAges' | 'claimDue'>;
  readonly log: Log;
  readonly limits: SweepLimits;
  /** If no scheduled sweep came for this long, the process that runs them is likely dead, and this process sweeps. */
  readonly lateAfterMs: number;
  /** If none came for this long, the queue is away or has lost its schedule. */
  readonly lostAfterMs: number;
  readonly drive: (ids: readonly TransactionId[]) => Promise<void>;
  /** Creates the schedule of sweeps again. */
  readonly reschedule: () => Promise<void>;
  /** Leaves the jobs to another process, if this process runs them. */
  readonly giveUp: () => void;
}

/**
 * After this many new schedules in a row without a sweep, the process that runs the jobs does not get them. Schedules
 * are counted, not timed: after a pause of this process or an outage, the last sweep is long ago and the first new
 * schedule helps.
 */
const RESCHEDULED_MAX = 10;

/**
 * Sweeps without the queue when the queue fails to. An emptied or unreachable queue has also lost the sweep's schedule,
 * so this check must not depend on the queue.
 */
export class SweepWatch<Q, R> {
  /** Schedules that were created since the last sweep. */
  private rescheduled = 0;
  private sweeps = false;

  constructor(private readonly deps: SweepWatchDeps<Q, R>) {}

  async check(): Promise<void> {
    const { store, log, limits, lateAfterMs, lostAfterMs, drive, reschedule, giveUp } = this.deps;
    const { scheduledMs: ageMs } = await store.sweepAges();
    if (ageMs <= lostAfterMs) this.rescheduled = 0;
    const isLate = ageMs > lateAfterMs;
    if (isLate && !this.sweeps)
      log.info({ ageMs: Math.round(ageMs) }, 'the queue sweeps too late; sweeping without it');
    if (!isLate && this.sweeps) log.info({}, 'the queue sweeps again');
    this.sweeps = isLate;
    if (!isLate) return;
    for (;;) {
      const due = await store.claimDue(limits.batchMax, limits.leaseMs, { isSchedules: false });
      await drive(due.map(({ id }) => id));
      if (due.length < limits.batchMax) break;
    }
    if (ageMs <= lostAfterMs) return;
    await reschedule();
    this.rescheduled += 1;
    if (this.rescheduled < RESCHEDULED_MAX) return;
    this.rescheduled = 0;
    giveUp();
  }
}

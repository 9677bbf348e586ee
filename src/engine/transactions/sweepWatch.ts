import type { TransactionId } from '../../domain/ids';
import type { Log } from '../log';
import type { TransactionStore } from './store';
import type { SweepLimits } from './sweep';

export interface SweepWatchDeps<Q, R> {
  readonly store: Pick<TransactionStore<Q, R>, 'sweepAges' | 'claimDue'>;
  readonly log: Log;
  readonly limits: SweepLimits;
  /** Without a sweep of the schedule's for this long, the process that was to do it is likely dead: this one sweeps. */
  readonly lateAfterMs: number;
  /** Without one for this long, the queue has lost its schedule or is away. */
  readonly lostAfterMs: number;
  readonly drive: (ids: readonly TransactionId[]) => Promise<void>;
  /** Makes the schedule of sweeps again. */
  readonly reschedule: () => Promise<void>;
  /** Leaves the jobs to another process, if it is this one that runs them. */
  readonly giveUp: () => void;
}

/**
 * When so many schedules in a row brought no sweep, the process that runs the jobs does not get them. Counted, not timed: after a
 * pause of this process or an outage the last sweep is long ago, and the first new schedule helps.
 */
const RESCHEDULED_MAX = 10;

/**
 * Sweeps without the queue when the queue does not: an emptied or unreachable queue has lost the sweep's schedule too,
 * so something that does not depend on it has to notice.
 */
export class SweepWatch<Q, R> {
  /** Schedules made since the last sweep. */
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

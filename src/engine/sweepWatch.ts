import type { TransactionId } from '../domain/ids';
import type { Log, TransactionStore } from './ports';
import type { SweepLimits } from './sweep';

export interface SweepWatchDeps<Q, R> {
  readonly store: Pick<TransactionStore<Q, R>, 'sweepAgeMs' | 'claimDue'>;
  readonly log: Log;
  readonly limits: SweepLimits;
  /** Without a sweep for this long, the queue has lost its schedule or is away. */
  readonly lateAfterMs: number;
  readonly drive: (ids: readonly TransactionId[]) => Promise<void>;
  /** Makes the schedule of sweeps anew. */
  readonly reschedule: () => Promise<void>;
}

/**
 * Sweeps without the queue when the queue does not: an emptied or unreachable queue has lost the sweep's schedule too,
 * so something that does not depend on it has to notice.
 */
export class SweepWatch<Q, R> {
  constructor(private readonly deps: SweepWatchDeps<Q, R>) {}

  async check(): Promise<void> {
    const { store, log, limits, lateAfterMs, drive, reschedule } = this.deps;
    const ageMs = await store.sweepAgeMs();
    if (ageMs <= lateAfterMs) return;
    log.warn({ ageMs: Math.round(ageMs) }, 'the queue has not swept for too long; sweeping without it');
    for (;;) {
      const due = await store.claimDue(limits.batchMax, limits.leaseMs);
      await drive(due.map(({ id }) => id));
      if (due.length < limits.batchMax) break;
    }
    await reschedule();
  }
}

import type { Log } from '../log';
import { swept } from '../telemetry';
import type { Resumption } from './record';
import type { TransactionStore } from './store';
import type { WakeUps } from './wakeUps';

export interface SweepLimits {
  /** Transactions claimed at once. */
  readonly batchMax: number;
  /** How long a claim keeps other sweeps away; after it a transaction that is still pending is found again. */
  readonly leaseMs: number;
}

/**
 * Hands every pending transaction that no process drives to a driver. It makes the queue a mere hint: what the
 * queue loses, the next sweep finds in the store. Resolves to how many it resumed.
 */
export async function sweep<Q, R>(
  store: TransactionStore<Q, R>,
  wakeUps: WakeUps,
  log: Log,
  limits: SweepLimits,
): Promise<number> {
  let resumed = 0;
  for (;;) {
    const due: Resumption[] = await store.claimDue(limits.batchMax, limits.leaseMs);
    if (due.length > 0) {
      // In batches, as new ones are driven: under a backlog one job each would only make it longer.
      await wakeUps.drive(due.map(({ id }) => id));
      resumed += due.length;
      log.info({ transactions: due.length }, 'sweep resumed transactions that no process was driving');
    }
    if (due.length < limits.batchMax) break;
  }
  swept.tell(() => ({ resumed }));
  return resumed;
}

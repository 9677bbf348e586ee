import type { Log } from '../log';
import { swept } from '../telemetry';
import type { Resumption } from './record';
import type { TransactionStore } from './store';
import type { WakeUps } from './wakeUps';

export interface SweepLimits {
  /** The most transactions in one claim. */
  readonly batchMax: number;
  /** How long a claim keeps other sweeps away. After that, a sweep finds a transaction that is still pending again. */
  readonly leaseMs: number;
}

/**
 * Hands every pending transaction that no process drives to a driver. Because of the sweep the queue is only a hint:
 * the next sweep finds in the store what the queue lost. Resolves to the number of resumed transactions.
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
      // In batches, as for new transactions. Under a backlog, one job each would only lengthen it.
      await wakeUps.drive(due.map(({ id }) => id));
      resumed += due.length;
      log.info({ transactions: due.length }, 'sweep resumed transactions that no process was driving');
    }
    if (due.length < limits.batchMax) break;
  }
  swept.tell(() => ({ resumed }));
  return resumed;
}

import type { IncomingHttpHeaders } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EventLoopLoad } from './eventLoopLoad';

const WAIT_MS = 300;

/**
 * Waits for 300 ms while the process has much to do, for a request that may wait. The pages of the console look again
 * and again with such requests, and look less often the longer the answers take: so they leave the process to transfers.
 */
export async function giveWay(load: Pick<EventLoopLoad, 'isHigh'>): Promise<void> {
  if (load.isHigh) await sleep(WAIT_MS);
}

/** Whether the client says that the answer is not urgent: an urgency of 6 or 7 in `Priority` (RFC 9218, 4.1). */
export function mayWait({ priority }: IncomingHttpHeaders): boolean {
  return typeof priority === 'string' && /(?:^|,)\s*u=[67]\s*(?:,|$)/.test(priority);
}

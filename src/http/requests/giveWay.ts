import type { IncomingHttpHeaders } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HttpDeps } from '../deps';

const WAIT_MS = 300;

/**
 * Delays a request that may wait by 300 ms while the process is busy. The pages of the console send such requests
 * repeatedly, and rest longer after slow answers. So the delay leaves the process to transfers.
 */
export async function giveWay(load: HttpDeps['load']): Promise<void> {
  if (load.isHigh) await sleep(WAIT_MS);
}

/** Whether the client says that the answer is not urgent: an urgency of 6 or 7 in `Priority` (RFC 9218, 4.1). */
export function mayWait({ priority }: IncomingHttpHeaders): boolean {
  return typeof priority === 'string' && /(?:^|,)\s*u=[67]\s*(?:,|$)/.test(priority);
}

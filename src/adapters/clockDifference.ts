import { wallClockMs } from './systemClock';

const ASKED_TIMES = 5;

/**
 * How far another clock is ahead of this machine's, in milliseconds. Asks several times, uses the answer that took the
 * shortest time, and assumes that the other side read its clock halfway through (Cristian, 1989). `withinMs` is the
 * largest possible error.
 */
export async function clockDifference(
  askMs: () => Promise<number>,
): Promise<{ readonly aheadMs: number; readonly withinMs: number }> {
  let best = { aheadMs: 0, withinMs: Number.POSITIVE_INFINITY };
  for (let asked = 0; asked < ASKED_TIMES; asked += 1) {
    const sentMs = wallClockMs();
    const theirsMs = await askMs();
    const halfMs = (wallClockMs() - sentMs) / 2;
    if (halfMs < best.withinMs) best = { aheadMs: theirsMs - sentMs - halfMs, withinMs: halfMs };
  }
  return best;
}

import { wallClockMs } from './systemClock';

const ASKED_TIMES = 5;

/**
 * How far another clock is ahead of this machine's, in milliseconds: of several questions the one that was answered the
 * soonest, its answer taken to be of the middle of the way (Cristian, 1989). `withinMs` is how far off that may be.
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

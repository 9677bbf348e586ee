/** Between two attempts of one delivery, in milliseconds. */
export interface DeliveryBackoff {
  readonly minMs: number;
  readonly maxMs: number;
}

/** Each wait is about four times the one before: from 5 seconds to a day in nine attempts. */
const FACTOR = 4;
/** A receiver that was away gets what was kept for it spread over half as long again. */
const JITTER = 0.5;

/**
 * The wait after `attempts` attempts have failed, from 1; at least `minMs`, at most `maxMs`. `random` is in [0, 1). `askedMs`: for how long
 * the receiver asked to be left alone.
 */
export function deliveryWaitMs(
  { minMs, maxMs }: DeliveryBackoff,
  attempts: number,
  random: number,
  askedMs = 0,
): number {
  const base = Math.min(minMs * FACTOR ** Math.min(attempts - 1, 30), maxMs / (1 + JITTER));
  return Math.floor(Math.min(Math.max(minMs, base * (1 + JITTER * random), askedMs), maxMs));
}

/** The backoff between two attempts of one delivery, in milliseconds. */
export interface DeliveryBackoff {
  readonly minMs: number;
  readonly maxMs: number;
}

/** Each wait is about four times the one before it: from 5 seconds to a day in nine attempts. */
const FACTOR = 4;
/** Each wait is up to half as long again. So a receiver that was away gets its waiting deliveries spread out. */
const JITTER = 0.5;

/**
 * The wait after `attempts` failed attempts, from 1; at least `minMs`, at most `maxMs`. `random` is in [0, 1).
 * `askedMs` is the pause that the receiver asked for.
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

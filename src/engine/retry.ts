/** Exponential backoff with full jitter: attempt n waits a random time up to `initialMs * 2^n`, at most `maxMs`. */
export interface BackoffPolicy {
  readonly initialMs: number;
  readonly maxMs: number;
}

/**
 * The wait before another attempt, in milliseconds, after `attempt` failed ones (from 0). `random` is in [0, 1).
 * Full jitter as in "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015): it spreads the retries of many
 * callers best.
 */
export function backoffMs(policy: BackoffPolicy, attempt: number, random: number): number {
  const ceiling = Math.min(policy.maxMs, policy.initialMs * 2 ** Math.min(attempt, 30));
  return Math.floor(random * ceiling);
}

/** Exponential backoff with full jitter: attempt n waits a random time of at most `initialMs * 2^n`, and at most `maxMs`. */
export interface BackoffPolicy {
  readonly initialMs: number;
  readonly maxMs: number;
}

/**
 * The wait in milliseconds before the next attempt, after `attempt` earlier failures (from 0). `random` is in [0, 1).
 * Full jitter spreads the retries of many callers best ("Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
 */
export function backoffMs(policy: BackoffPolicy, attempt: number, random: number): number {
  const ceiling = Math.min(policy.maxMs, policy.initialMs * 2 ** Math.min(attempt, 30));
  return Math.floor(random * ceiling);
}

export interface Clock {
  /** A millisecond count that only grows. The difference of two counts is a duration; one count is not a time of day. */
  monotonicMs(): number;
  sleep(ms: number): Promise<void>;
  /** The instant `ms` after `at`, both ISO 8601. */
  after(at: string, ms: number): string;
  /** A random number in [0, 1). */
  random(): number;
}

export interface Clock {
  /** Milliseconds that only ever grow; their difference is a duration, they are no time of day. */
  monotonicMs(): number;
  sleep(ms: number): Promise<void>;
  /** The instant `ms` after another, both ISO 8601. */
  after(at: string, ms: number): string;
  /** In [0, 1). */
  random(): number;
}

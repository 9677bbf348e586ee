import type { Probe } from './probe';

/** One thing that the protocol asks of a participant. */
export interface Rule {
  /** In the report and in docs/participants.md. */
  readonly name: string;
  /** What holds where the rule is kept. */
  readonly says: string;
  /** Why it cannot be checked with what is known; undefined where it can. */
  readonly skippedBecause?: (probe: Probe) => string | undefined;
  /** Resolves when the rule held. Throws a {@link BrokenRule} that tells what was done and what came. */
  check(probe: Probe): Promise<unknown>;
}

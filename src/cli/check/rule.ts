import type { Probe } from './probe';

/** One requirement of the protocol. */
export interface Rule {
  /** The name in the report and in docs/participants.md. */
  readonly name: string;
  /** What a participant that keeps the rule does. */
  readonly says: string;
  /** Returns why the rule cannot be checked with this probe, or undefined if it can. */
  readonly skippedBecause?: (probe: Probe) => string | undefined;
  /** Resolves when the rule held. Throws a {@link BrokenRule} that says what the check did and what it got. */
  check(probe: Probe): Promise<unknown>;
}

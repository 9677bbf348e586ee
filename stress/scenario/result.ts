import type { Invariant, Violation } from '../base/invariants';
import type { SampleSet, Samples } from '../base/samples';
import type { Tally } from '../base/tally';

/** Everything that one run found out. */
export interface RunResult {
  readonly scenario: string;
  readonly backend: string;
  readonly seed: string;
  readonly settings: string;
  /** The same seed and settings give the same digest. */
  readonly scheduleDigest: string;
  readonly startedAt: string;
  readonly loadSeconds: number;
  readonly endedEarly: boolean;
  readonly sent: Tally;
  readonly ended: Tally;
  readonly extraDeliveries: Tally;
  readonly unknownByCause: Tally;
  readonly unknownEndedAs: Tally;
  readonly unresolved: number;
  readonly stuck: number;
  readonly faults: Tally;
  readonly kills: Tally;
  readonly bombs: Tally;
  readonly counters: Tally;
  /** "kind, status": unfinished transactions at the moment of a fault. */
  readonly met: Tally;
  readonly recovery: SampleSet;
  /** After a fault: the time until everything that was pending at that moment was final. */
  readonly drain: SampleSet;
  readonly oldestPendingMs: number;
  readonly finalAfterMs: number;
  readonly latency: SampleSet;
  /** Seconds and applied transfers, by phase. */
  readonly phases: Readonly<Record<string, { seconds: number; transfers: number }>>;
  readonly accounts: { readonly all: number; readonly sent: number; readonly received: number };
  /** What the readers of the feed did and met. */
  readonly feed: Tally;
  /** Milliseconds from a change to the first reader that was told of it. */
  readonly feedLag: Samples;
  readonly snapshots: number;
  readonly snapshotsMissed: number;
  readonly evaluations: Readonly<Record<Invariant, number>>;
  readonly violationCount: number;
  readonly violations: readonly Violation[];
  readonly versions: Readonly<Record<string, string>>;
}

/** The invariants, in the words of the report. */
export const INVARIANTS = {
  conserved: '1. money is conserved at every snapshot',
  bounds: '2. 0 <= held <= balance + overdraft limit on every account',
  acknowledged: '3. acknowledged commits stay, acknowledged refusals had no effect',
  atomic: '4. the branches of a transaction are all committed or all aborted',
  holds: '5. held = prepared outgoing branches of unfinished transactions; 0 at rest',
  idempotent: '6. one idempotency key: at most one transaction, one stable answer',
  final: '7. final states never change',
  replay: '8. replaying the journal gives every balance and hold',
  'no-late-prepare': '9. no prepare takes effect after an abort',
  live: '10. every transaction is final within a bound, with no manual repair',
  resolved: '11. every unknown outcome is resolved later',
  deadline: '12. deadlines hold across restarts',
  'debits-first': '13. no account is asked to receive what its payer cannot pay',
  'refused-on-state': '14. a refusal for want of money is of the account as it was between request and answer',
  apart:
    '15. a payer without money changes no answer to other callers, and its own answers tell nothing of other accounts',
  feed: '16. every reader of the feed is told each change at least once, in order, and none that was not',
  contract: 'contract: documented answers only, exit 0 on SIGTERM, no process dies by itself, no deadlock',
} as const;

export type Invariant = keyof typeof INVARIANTS;

export interface Violation {
  readonly invariant: Invariant;
  readonly detail: string;
  /** Milliseconds after the start of the load. */
  readonly atMs: number;
}

/** The most details that are kept. Further violations are only counted, so that a badly broken service cannot fill the memory. */
const DETAILS_MAX = 200;

/** Counts evaluations and collects violations. Every check reports here, including one that holds. */
export class Findings {
  private readonly counts = new Map<Invariant, number>();
  private readonly details: Violation[] = [];
  private readonly seen = new Set<string>();
  private total = 0;

  constructor(private readonly nowMs: () => number) {}

  get violations(): readonly Violation[] {
    return this.details;
  }

  get violationCount(): number {
    return this.total;
  }

  evaluations(): Record<Invariant, number> {
    const counts = Object.keys(INVARIANTS).map((key) => [key, this.counts.get(key as Invariant) ?? 0]);
    return Object.fromEntries(counts) as Record<Invariant, number>;
  }

  held(invariant: Invariant, times = 1): void {
    this.counts.set(invariant, (this.counts.get(invariant) ?? 0) + times);
  }

  /** A finding that the next snapshot repeats counts as one violation. */
  violated(invariant: Invariant, detail: string): void {
    this.held(invariant);
    const name = `${invariant} ${detail}`;
    if (this.seen.has(name)) return;
    this.total += 1;
    if (this.details.length >= DETAILS_MAX) return;
    this.seen.add(name);
    this.details.push({ invariant, detail, atMs: this.nowMs() });
  }

  check(invariant: Invariant, holds: boolean, detail: () => string): void {
    if (holds) this.held(invariant);
    else this.violated(invariant, detail());
  }
}

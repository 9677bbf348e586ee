import type { HeldTotals } from './heldTotals';
import type { InFlight } from './inFlight';
import type { Loader } from './loader';
import type { Stream } from './stream';
import type { Waiting } from './waiting';

const NONE: readonly [] = [];

export interface Selected<Q, R> {
  /** How many units could be decided now. */
  readonly ready: number;
  /** Those of them that go into one statement, in order. */
  readonly chosen: readonly Waiting<Q, R>[];
}

/** Selects the units of the next statement. */
export class Selection<Q, R> {
  private preferContested = false;

  constructor(
    private readonly inFlight: InFlight<Q, R>,
    private readonly loader: Loader<Q, R>,
    private readonly heldTotals: HeldTotals,
    /** Units that must be ready for a statement beside one that is in flight. */
    private readonly besideMin: number,
  ) {}

  /** `isContended`: another process wrote accounts of ours a moment ago. */
  of(all: readonly Waiting<Q, R>[], nowMs: number, isContended: boolean): Selected<Q, R> {
    const ready = this.ready(all, nowMs);
    const chosen = isContended ? this.turn(ready, nowMs) : this.enough(this.together(ready));
    return { ready: ready.length, chosen };
  }

  /**
   * Accounts that another process writes too go into statements of their own, so that their conflicts are no other's: the
   * two kinds take turns.
   */
  private turn(ready: readonly Waiting<Q, R>[], nowMs: number): readonly Waiting<Q, R>[] {
    const isContested = ({ streams }: Waiting<Q, R>): boolean => streams.some((stream) => stream.isContested(nowMs));
    const contested = this.together(ready.filter(isContested));
    const others = this.enough(this.together(ready.filter((waiting) => !isContested(waiting))));
    const isTurnOfContested = others.length === 0 || (this.preferContested && contested.length > 0);
    this.preferContested = !isTurnOfContested;
    return isTurnOfContested ? contested : others;
  }

  /** The units, unless a statement is in flight and they are too few to go beside it. */
  private enough(units: readonly Waiting<Q, R>[]): readonly Waiting<Q, R>[] {
    return this.inFlight.count === 0 || units.length >= this.besideMin || units[0]?.alone ? units : NONE;
  }

  /** In order. An account that a unit waits for is given to no later unit, so that each gets its turn. */
  private ready(all: readonly Waiting<Q, R>[], nowMs: number): readonly Waiting<Q, R>[] {
    const ready: Waiting<Q, R>[] = [];
    const awaited = new Set<Stream>();
    const keys = new Set<string>();
    for (const waiting of all) {
      const { unit, streams, begun } = waiting;
      if (this.inFlight.holds(waiting) || streams.some((stream) => awaited.has(stream))) {
        for (const stream of streams) awaited.add(stream);
        continue;
      }
      if (!this.isReady(waiting, nowMs)) continue;
      if (unit.keyName !== undefined) {
        // The first one with a key decides what it stands for, and the others look that up.
        if (keys.has(unit.keyName)) {
          unit.again(begun);
          continue;
        }
        keys.add(unit.keyName);
      }
      ready.push(waiting);
    }
    return ready;
  }

  /** Those that fit into the statement of the first one: it may have to be written alone, or apart with its totals. */
  private together(units: readonly Waiting<Q, R>[]): readonly Waiting<Q, R>[] {
    const [first] = units;
    if (!first || first.alone) return units.slice(0, 1);
    const apart = ({ unit }: Waiting<Q, R>) => (this.heldTotals.has(unit.totals) ? unit.totals : undefined);
    const held = apart(first);
    return units.filter((waiting) => !waiting.alone && apart(waiting) === held);
  }

  /** Whether all that it has to know is known; what is not is read, beside the statements in flight. */
  isReady({ unit, streams, begun }: Waiting<Q, R>, nowMs: number): boolean {
    let ready = true;
    for (const stream of streams) {
      if (stream.restsForMs(nowMs) > 0) return false;
      if (stream.isLoaded) continue;
      this.loader.load(stream);
      ready = false;
    }
    // What is asked of a branch is asked of what the account knows by then.
    if (!ready || this.heldTotals.waitMs(unit.totals, nowMs) > 0) return false;
    if (this.inFlight.uses(unit.keyName)) {
      unit.again(begun);
      return false;
    }
    for (const question of unit.questions()) {
      this.loader.ask(question);
      ready = false;
    }
    return ready;
  }
}

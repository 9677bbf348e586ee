import type { HeldTotals } from './heldTotals';
import type { InFlight } from './inFlight';
import type { Loader } from './loader';
import type { Stream } from './stream';
import type { Waiting } from './waiting';

const NONE: readonly [] = [];

export interface Selected<Q, R> {
  /** How many units could be decided now. */
  readonly ready: number;
  /** The units that go into one statement, in order. */
  readonly chosen: readonly Waiting<Q, R>[];
}

/** Selects the units of the next statement. */
export class Selection<Q, R> {
  private preferContested = false;

  constructor(
    private readonly inFlight: InFlight<Q, R>,
    private readonly loader: Loader<Q, R>,
    private readonly heldTotals: HeldTotals,
    /** Units that must be ready before a statement starts beside one in flight. */
    private readonly besideMin: number,
  ) {}

  /** `isContended`: another process wrote accounts of this process a moment ago. */
  of(all: readonly Waiting<Q, R>[], nowMs: number, isContended: boolean): Selected<Q, R> {
    const ready = this.ready(all, nowMs);
    const chosen = isContended ? this.turn(ready, nowMs) : this.enough(this.together(ready));
    return { ready: ready.length, chosen };
  }

  /**
   * Accounts that another process also writes go into statements of their own, so that their conflicts do not affect
   * other accounts. The two kinds take turns.
   */
  private turn(ready: readonly Waiting<Q, R>[], nowMs: number): readonly Waiting<Q, R>[] {
    const isContested = ({ streams }: Waiting<Q, R>): boolean => streams.some((stream) => stream.isContested(nowMs));
    const contested = this.together(ready.filter(isContested));
    const others = this.enough(this.together(ready.filter((waiting) => !isContested(waiting))));
    const isTurnOfContested = others.length === 0 || (this.preferContested && contested.length > 0);
    this.preferContested = !isTurnOfContested;
    return isTurnOfContested ? contested : others;
  }

  /** Returns the units, or none if a statement is in flight and they are too few for a second one. */
  private enough(units: readonly Waiting<Q, R>[]): readonly Waiting<Q, R>[] {
    return this.inFlight.count === 0 || units.length >= this.besideMin || units[0]?.alone ? units : NONE;
  }

  /** The ready units, in order. If a unit waits for an account, no later unit gets that account first. So each unit gets its turn. */
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
        // The first unit with a key decides what the key stands for. The others look it up.
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

  /** The units that fit into the statement of the first unit. That unit may have to be written alone, or apart because of its totals. */
  private together(units: readonly Waiting<Q, R>[]): readonly Waiting<Q, R>[] {
    const [first] = units;
    if (!first || first.alone) return units.slice(0, 1);
    const apart = ({ unit }: Waiting<Q, R>) => (this.heldTotals.has(unit.totals) ? unit.totals : undefined);
    const held = apart(first);
    return units.filter((waiting) => !waiting.alone && apart(waiting) === held);
  }

  /** Whether everything that the unit must know is known. Starts the missing reads, which run while a statement is in flight. */
  isReady({ unit, streams, begun }: Waiting<Q, R>, nowMs: number): boolean {
    let ready = true;
    for (const stream of streams) {
      if (stream.restsForMs(nowMs) > 0) return false;
      if (stream.isLoaded) continue;
      this.loader.load(stream);
      ready = false;
    }
    // Ask about a branch only after its account is loaded.
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

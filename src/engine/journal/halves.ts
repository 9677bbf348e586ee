const WAITS_FOR_NONE = Number.POSITIVE_INFINITY;
/** Units that are worth a statement of their own: one of few costs as much as one of many. */
const WORTH_A_STATEMENT = 16;

/**
 * Clients that were answered send their next units at once, but those do not all arrive in one turn of the event loop.
 * If the next statement takes only what came first, few units and many take turns on a hot account, and this process
 * idles while the database writes the many. So a statement waits for half of the units that were under way, which keeps
 * the process and the database at work in turns. It waits only as long as each turn brings more of them: a process with
 * nothing else to do does not wait.
 */
export class Halves {
  private half = WAITS_FOR_NONE;
  private seen = -1;

  /** `units` units have landed, and `waiting` units are there for the next statement. */
  landed(units: number, waiting: number): void {
    const half = Math.ceil((units + waiting) / 2);
    this.half = half < WORTH_A_STATEMENT ? WAITS_FOR_NONE : half;
    this.seen = -1;
  }

  /** The units were looked at for the next statement, whether it starts or waits for reads. */
  looked(): void {
    this.half = WAITS_FOR_NONE;
  }

  get isAwaited(): boolean {
    return this.half !== WAITS_FOR_NONE;
  }

  /** Whether the next statement may start at once, and leave the rest of this turn to the one after it. */
  isThere(waiting: number): boolean {
    return waiting >= this.half;
  }

  /** Called once in a turn. Whether the next statement waits for another turn. */
  waitsOn(waiting: number): boolean {
    if (!this.isAwaited || this.isThere(waiting)) return false;
    if (waiting > this.seen) {
      this.seen = waiting;
      return true;
    }
    this.half = WAITS_FOR_NONE;
    return false;
  }
}

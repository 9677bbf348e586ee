import { asUnknown, hasNotStarted } from '../faults';
import type { Stream } from './stream';
import type { Unit } from './unit';

/** A unit from its submission to its answer. */
export class Waiting<Q, R> {
  /** An earlier statement with this unit may have been carried out. */
  begun = false;
  faults = 0;
  conflicts = 0;
  /** A statement with this unit was blocked or failed. The unit is written by itself, so that it delays no other unit. */
  alone = false;

  constructor(
    readonly unit: Unit<Q, R>,
    readonly streams: readonly Stream[],
  ) {
    for (const stream of streams) stream.unanswered += 1;
  }

  /** Call once, right before the unit gets its outcome. */
  answered(): void {
    for (const stream of this.streams) stream.unanswered -= 1;
  }

  /** Never reports a unit as not begun if it may have been written. */
  fail(error: unknown): void {
    this.answered();
    const unknown = this.begun && hasNotStarted(error);
    this.unit.failed(unknown ? asUnknown('The outcome is unknown', error) : error);
  }
}

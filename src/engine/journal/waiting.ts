import { hasNotStarted, UnavailableError } from '../faults';
import type { Stream } from './stream';
import type { Unit } from './unit';

/** A unit on its way to be written, from its submission to its answer. */
export class Waiting<Q, R> {
  /** An earlier statement with it may have been carried out. */
  begun = false;
  faults = 0;
  conflicts = 0;
  /** A statement with it was blocked or failed: it is written by itself, so that it holds up no other. */
  alone = false;

  constructor(
    readonly unit: Unit<Q, R>,
    readonly streams: readonly Stream[],
  ) {
    for (const stream of streams) stream.unanswered += 1;
  }

  /** Call once, right before the unit hears what became of it. */
  answered(): void {
    for (const stream of this.streams) stream.unanswered -= 1;
  }

  /** What may have been written is never told as not begun. */
  fail(error: unknown): void {
    this.answered();
    const unknown = this.begun && hasNotStarted(error);
    this.unit.failed(unknown ? new UnavailableError('The outcome is unknown', 'unknown', { cause: error }) : error);
  }
}

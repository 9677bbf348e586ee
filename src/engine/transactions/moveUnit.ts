import type { TransactionId } from '../../domain/ids';
import type { Move } from '../journal/entries';
import type { Fold } from '../journal/fold';
import type { GroupCommit } from '../journal/groupCommit';
import type { Question, Unit, Written } from '../journal/unit';

const NONE: readonly [] = [];

/** A single status change. */
class MoveUnit<Q, R> implements Unit<Q, R> {
  readonly accounts = NONE;
  readonly moves: TransactionId;
  private isFirst = false;

  constructor(
    private readonly change: Move<Q, R>,
    private readonly resolve: (at: string | undefined) => void,
    private readonly reject: (error: unknown) => void,
  ) {
    this.moves = change.id;
  }

  questions(): readonly Question[] {
    return NONE;
  }

  decide(fold: Fold<Q, R>): void {
    this.isFirst = fold.move(this.change);
  }

  again(): void {
    this.isFirst = false;
  }

  landed({ at, moved }: Written): void {
    this.resolve(this.isFirst && moved.has(this.change.id) ? at : undefined);
  }

  lost(): void {
    this.resolve(undefined);
  }

  failed(error: unknown): void {
    this.reject(error);
  }
}

/**
 * Moves a transaction. The move is durable when the call resolves. Resolves to the time of the move, or to undefined
 * when the status or the guard refused it. After a refusal, read the record and follow the move that was first; it may
 * be this very call in an attempt whose answer was lost.
 */
export function writeMove<Q, R>(commit: GroupCommit<Q, R>, move: Move<Q, R>): Promise<string | undefined> {
  return new Promise((resolve, reject) => commit.submit(new MoveUnit(move, resolve, reject)));
}

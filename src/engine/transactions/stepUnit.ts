import type { TransactionId } from '../../domain/ids';
import type { Pending } from '../../domain/transaction/state';
import type { Move } from '../journal/entries';
import type { Fold } from '../journal/fold';
import type { Question, Unit, Written } from '../journal/unit';
import type { SharedBranches } from './branch';
import { moveOf, type SharedSteps, sharedSteps } from './sharedStep';
import { UnitBranches } from './unitBranches';

export type SharedMoved<Q, R> =
  | { readonly kind: 'moved'; readonly at: string; readonly steps: SharedSteps<Q, R>; readonly move: Move<Q, R> }
  /** Another driver, a client's abort or the deadline was first. The stored state counts. */
  | { readonly kind: 'lost'; readonly move: Move<Q, R> | undefined };

/**
 * Carries out a stored transaction as far as one statement can. The statement writes the changes of its branches and one
 * move to the last milestone.
 */
export class StepUnit<Q, R> implements Unit<Q, R> {
  readonly accounts: readonly string[];
  readonly moves: TransactionId;
  readonly isFenced: boolean;
  private readonly branches: UnitBranches<Q, R>;
  private steps: SharedSteps<Q, R> | undefined;
  private move: Move<Q, R> | undefined;
  private isFirst = false;

  constructor(
    private readonly state: Pending<Q, R>,
    shared: SharedBranches<Q, R>,
    private readonly resolve: (moved: SharedMoved<Q, R>) => void,
    private readonly reject: (error: unknown) => void,
  ) {
    this.branches = new UnitBranches(state, shared, false);
    this.accounts = this.branches.accounts;
    // No promise may outlive a decision to abort, so a prepare is fenced. Any driver may write what follows from a
    // decision.
    this.moves = state.id;
    this.isFenced = state.status === 'preparing';
  }

  questions(): readonly Question[] {
    // No branch has ended while the transaction prepares. The statement checks that it still prepares.
    return this.state.status === 'preparing' ? [] : this.branches.questions();
  }

  decide(fold: Fold<Q, R>): void {
    if (fold.isMoving(this.state.id)) {
      this.isFirst = false;
      return;
    }
    this.isFirst = true;
    this.steps = sharedSteps(this.state, this.branches.of, fold);
    this.move = { ...moveOf(this.steps), fenced: this.isFenced };
    fold.move(this.move);
  }

  again(): void {
    this.branches.again();
    this.steps = undefined;
    this.move = undefined;
  }

  landed({ at, moved }: Written): void {
    const { steps, move, isFirst } = this;
    if (steps && move && isFirst && moved.has(this.state.id)) this.resolve({ kind: 'moved', at, steps, move });
    else this.resolve({ kind: 'lost', move });
  }

  lost(): void {
    this.resolve({ kind: 'lost', move: this.move });
  }

  failed(error: unknown): void {
    this.reject(error);
  }
}

import type { TransactionId } from '../../domain/ids';
import type { TransactionState } from '../../domain/transaction/state';
import type { Move } from '../journal/entries';
import type { Fold } from '../journal/fold';
import { NO_QUESTIONS } from '../journal/lookUp';
import type { Question, Unit, Written } from '../journal/unit';
import type { BranchesHere } from './branchesHere';
import { type CarriedOut, carryOut, moveOf } from './carryOut';
import type { Milestone } from './milestone';

export type StepWritten<Q, R> =
  | {
      readonly kind: 'written';
      readonly at: string;
      readonly carried: CarriedOut<Q, R>;
      readonly move: Move<Q, R> | undefined;
    }
  /** Another driver, a client's abort or the deadline was first. The stored state counts. */
  | { readonly kind: 'lost'; readonly move: Move<Q, R> | undefined };

/**
 * Carries out a stored transaction as far as one statement can. The statement writes the changes of the branches here, and one
 * move to the last milestone, if one is reached.
 */
export class StepUnit<Q, R> implements Unit<Q, R> {
  readonly accounts: readonly string[];
  readonly moves: TransactionId;
  readonly isFenced: boolean;
  private carried: CarriedOut<Q, R> | undefined;
  private move: Move<Q, R> | undefined;
  private isFirst = false;

  constructor(
    private readonly state: TransactionState<Q, R>,
    /** A milestone that branches elsewhere, or the time, have brought about. */
    private readonly first: Milestone<Q, R> | undefined,
    private readonly here: BranchesHere<Q, R>,
    private readonly resolve: (written: StepWritten<Q, R>) => void,
    private readonly reject: (error: unknown) => void,
  ) {
    this.accounts = here.accounts;
    this.moves = state.id;
    // A decision and its effects are written only if the status is still the one that was read. Any driver may write what
    // follows from a decision.
    this.isFenced = state.status === 'preparing' || state.status === 'authorized';
  }

  questions(): readonly Question[] {
    const { state, first, here } = this;
    // If every branch is here, the statement decides, and its move is refused unless the transaction still prepares. So no
    // branch has ended.
    const isWhole = state.status === 'preparing' && !first && here.accounts.length === state.branches.length;
    return isWhole ? NO_QUESTIONS : here.questions();
  }

  decide(fold: Fold<Q, R>): void {
    this.isFirst = !fold.isMoving(this.state.id);
    if (!this.isFirst) return;
    this.carried = carryOut(this.state, this.here, fold, this.first);
    const move = moveOf(this.carried);
    this.move = move && { ...move, fenced: this.isFenced };
    if (this.move) fold.move(this.move);
  }

  again(): void {
    this.here.again();
    this.carried = undefined;
    this.move = undefined;
  }

  landed({ at, moved }: Written): void {
    const { carried, move, isFirst } = this;
    if (carried && isFirst && (!move || moved.has(this.state.id))) this.resolve({ kind: 'written', at, carried, move });
    else this.resolve({ kind: 'lost', move });
  }

  lost(): void {
    this.resolve({ kind: 'lost', move: this.move });
  }

  failed(error: unknown): void {
    this.reject(error);
  }
}

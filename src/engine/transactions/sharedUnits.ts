import type { TransactionId } from '../../domain/ids';
import { evolve } from '../../domain/transaction/evolve';
import type { Pending, TransactionState } from '../../domain/transaction/state';
import type { Move, NewTransaction } from '../journal/entries';
import type { Fold } from '../journal/fold';
import type { Question, Unit, Written } from '../journal/unit';
import type { SharedBranch, SharedBranches } from './branch';
import { BeginLookUp, type Begun } from './createUnit';
import { type Milestone, moveFor } from './milestone';
import { type SharedStepped, sharedStep } from './sharedStep';

/** The branches of one transaction, and the questions about them. */
class Branches<Q, R> {
  readonly accounts: readonly string[];
  private readonly byId: ReadonlyMap<string, SharedBranch<Q, R>>;

  constructor(
    { id, branches }: { readonly id: string; readonly branches: readonly string[] },
    shared: SharedBranches<Q, R>,
    isNew: boolean,
  ) {
    this.accounts = branches.map((branch) => shared.accountOf(branch));
    this.byId = new Map(branches.map((branch) => [branch, shared.shared(branch, id, isNew)]));
  }

  readonly of = (branch: string): SharedBranch<Q, R> => {
    const known = this.byId.get(branch);
    if (!known) throw new Error(`${branch} is no branch of the transaction`);
    return known;
  };

  questions(): readonly Question[] {
    const questions: Question[] = [];
    for (const branch of this.byId.values()) for (const question of branch.questions()) questions.push(question);
    return questions;
  }

  again(): void {
    for (const branch of this.byId.values()) branch.again();
  }
}

export type SharedBegun<Q, R> =
  | Exclude<Begun, { kind: 'created' }>
  /** Created with its decision or its end, whatever its status is now. */
  | { readonly kind: 'created'; readonly at: string; readonly stepped: SharedStepped<Q, R> };

/**
 * Begins a transaction and takes its first step: one statement writes the record, the votes and the decision. A refused
 * transaction ends as aborted in the same statement, because no branch can have received a call of it.
 */
export class BeginUnit<Q, R> implements Unit<Q, R> {
  readonly accounts: readonly string[];
  readonly keyName: string | undefined;
  private readonly look: BeginLookUp<Q, R>;
  private readonly branches: Branches<Q, R>;
  private stepped: SharedStepped<Q, R> | undefined;

  constructor(
    private readonly transaction: NewTransaction<Q, R>,
    private readonly initial: Extract<TransactionState<Q, R>, { status: 'preparing' }>,
    shared: SharedBranches<Q, R>,
    private readonly resolve: (begun: SharedBegun<Q, R>) => void,
    private readonly reject: (error: unknown) => void,
  ) {
    this.look = new BeginLookUp(transaction);
    this.keyName = this.look.keyName;
    this.branches = new Branches(initial, shared, true);
    this.accounts = this.branches.accounts;
  }

  questions(): readonly Question[] {
    return this.look.questions();
  }

  decide(fold: Fold<Q, R>): void {
    if (this.look.found) return;
    const { state, milestone } = sharedStep(this.initial, this.branches.of, fold);
    this.stepped = { state, milestone };
    fold.create({ ...this.transaction, ...begunAs(state, milestone) });
  }

  again(begun: boolean): void {
    this.look.again(begun);
    this.stepped = undefined;
  }

  landed({ at }: Written): void {
    const { found } = this.look;
    if (found) this.resolve(found);
    else if (this.stepped) this.resolve({ kind: 'created', at, stepped: this.stepped });
  }

  lost(): void {
    throw new Error('a creation carries no fenced move');
  }

  failed(error: unknown): void {
    this.reject(error);
  }
}

/** How to store a transaction that took this step with its creation. */
function begunAs<Q, R>(
  state: TransactionState<Q, R>,
  milestone: Milestone<Q, R>,
): Pick<NewTransaction<Q, R>, 'status' | 'reason' | 'votes'> {
  if (milestone.type === 'Authorized') return { status: 'authorized' };
  if (milestone.type === 'CommitDecided') return { status: 'committing' };
  const { reason, votes } = moveFor(state, milestone);
  if (!reason) throw new Error(`a transaction does not begin with ${milestone.type}`);
  return { status: 'aborted', reason, ...(votes && { votes }) };
}

export type SharedMoved<Q, R> =
  | { readonly kind: 'moved'; readonly at: string; readonly stepped: SharedStepped<Q, R>; readonly move: Move<Q, R> }
  /** Another driver, a client's abort or the deadline was first. The stored state counts. */
  | { readonly kind: 'lost'; readonly move: Move<Q, R> | undefined };

/** One step of a stored transaction. One statement writes the changes of its branches and the milestone that follows. */
export class StepUnit<Q, R> implements Unit<Q, R> {
  readonly accounts: readonly string[];
  readonly moves: TransactionId;
  readonly isFenced: boolean;
  private readonly branches: Branches<Q, R>;
  private stepped: SharedStepped<Q, R> | undefined;
  private move: Move<Q, R> | undefined;
  private isFirst = false;

  constructor(
    private readonly state: Pending<Q, R>,
    shared: SharedBranches<Q, R>,
    private readonly resolve: (moved: SharedMoved<Q, R>) => void,
    private readonly reject: (error: unknown) => void,
  ) {
    this.branches = new Branches(state, shared, false);
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
    this.stepped = sharedStep(this.state, this.branches.of, fold);
    this.move = { ...moveFor(this.stepped.state, this.stepped.milestone), fenced: this.isFenced };
    fold.move(this.move);
  }

  again(): void {
    this.branches.again();
    this.stepped = undefined;
    this.move = undefined;
  }

  landed({ at, moved }: Written): void {
    const { stepped, move, isFirst } = this;
    if (stepped && move && isFirst && moved.has(this.state.id)) this.resolve({ kind: 'moved', at, stepped, move });
    else this.resolve({ kind: 'lost', move });
  }

  lost(): void {
    this.resolve({ kind: 'lost', move: this.move });
  }

  failed(error: unknown): void {
    this.reject(error);
  }
}

/** The state of a new transaction: decided, or ended if it was refused. */
export function begunState<Q, R>({ state, milestone }: SharedStepped<Q, R>): TransactionState<Q, R> {
  const decided = evolve(state, milestone);
  return decided.status === 'aborting' ? evolve(decided, { type: 'TransactionAborted' }) : decided;
}

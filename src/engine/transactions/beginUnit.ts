import { evolve } from '../../domain/transaction/evolve';
import type { TransactionState } from '../../domain/transaction/state';
import type { NewTransaction } from '../journal/entries';
import type { Fold } from '../journal/fold';
import type { Question, Unit, Written } from '../journal/unit';
import type { SharedBranches } from './branch';
import { BeginLookUp, type Begun } from './createUnit';
import { moveFor } from './milestone';
import { type SharedStepped, sharedStep } from './sharedStep';
import { UnitBranches } from './unitBranches';

export type SharedBegun<Q, R> =
  | Exclude<Begun, { kind: 'created' }>
  /** Created, with the steps that were written in the same statement. */
  | { readonly kind: 'created'; readonly at: string; readonly steps: readonly SharedStepped<Q, R>[] };

/**
 * Begins a transaction and takes its first step: one statement writes the record, the votes and the decision. A refused
 * transaction ends as aborted in the same statement, because no branch can have received a call of it. With `endsAtOnce`
 * a transaction that is decided to commit ends as committed in the same statement: the decision and its effects become
 * durable at one instant. If the answer is lost, the unit looks up the transaction by its id and its key.
 */
export class BeginUnit<Q, R> implements Unit<Q, R> {
  readonly accounts: readonly string[];
  readonly keyName: string | undefined;
  private readonly look: BeginLookUp<Q, R>;
  private readonly branches: UnitBranches<Q, R>;
  private steps: readonly SharedStepped<Q, R>[] = [];

  constructor(
    private readonly transaction: NewTransaction<Q, R>,
    private readonly initial: Extract<TransactionState<Q, R>, { status: 'preparing' }>,
    shared: SharedBranches<Q, R>,
    /** Whether the same statement also commits what it decides to commit. */
    private readonly endsAtOnce: boolean,
    private readonly resolve: (begun: SharedBegun<Q, R>) => void,
    private readonly reject: (error: unknown) => void,
  ) {
    this.look = new BeginLookUp(transaction);
    this.keyName = this.look.keyName;
    this.branches = new UnitBranches(initial, shared, true);
    this.accounts = this.branches.accounts;
  }

  questions(): readonly Question[] {
    return this.look.questions();
  }

  decide(fold: Fold<Q, R>): void {
    if (this.look.found) return;
    this.steps = this.stepsOf(fold);
    fold.create({ ...this.transaction, ...begunAs(this.steps) });
  }

  private stepsOf(fold: Fold<Q, R>): readonly SharedStepped<Q, R>[] {
    const first = sharedStep(this.initial, this.branches.of, fold);
    const decided = evolve(first.state, first.milestone);
    if (decided.status === 'aborting') return [first, { state: decided, milestone: { type: 'TransactionAborted' } }];
    if (decided.status !== 'committing' || !this.endsAtOnce) return [first];
    const second = sharedStep(decided, this.branches.of, fold);
    // A branch with a defect is left to a driver, which stops the transaction as failed.
    return second.milestone.type === 'TransactionCommitted' ? [first, second] : [first];
  }

  again(begun: boolean): void {
    this.look.again(begun);
    this.steps = [];
  }

  landed({ at }: Written): void {
    const { found } = this.look;
    this.resolve(found ?? { kind: 'created', at, steps: this.steps });
  }

  lost(): void {
    throw new Error('a creation carries no fenced move');
  }

  failed(error: unknown): void {
    this.reject(error);
  }
}

/** How to store a transaction that took these steps with its creation. */
function begunAs<Q, R>(
  steps: readonly SharedStepped<Q, R>[],
): Pick<NewTransaction<Q, R>, 'status' | 'reason' | 'votes'> {
  const [decision, end = decision] = steps;
  if (!decision || !end) throw new Error('a transaction begins without a step');
  switch (end.milestone.type) {
    case 'Authorized':
      return { status: 'authorized' };
    case 'CommitDecided':
      return { status: 'committing' };
    case 'TransactionCommitted':
      return { status: 'committed' };
    case 'TransactionAborted': {
      const { reason, votes } = moveFor(decision.state, decision.milestone);
      return { status: 'aborted', ...(reason && { reason }), ...(votes && { votes }) };
    }
    case 'AbortDecided':
    case 'TransactionFailed':
      throw new Error(`a transaction does not begin with ${end.milestone.type}`);
  }
}

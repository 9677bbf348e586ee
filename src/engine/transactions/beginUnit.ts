import { evolve } from '../../domain/transaction/evolve';
import type { TransactionState } from '../../domain/transaction/state';
import type { NewTransaction } from '../journal/entries';
import type { Fold } from '../journal/fold';
import type { Question, Unit, Written } from '../journal/unit';
import type { SharedBranches } from './branch';
import { BeginLookUp, type Begun } from './createUnit';
import { moveFor } from './milestone';
import { type SharedSteps, sharedSteps } from './sharedStep';
import { UnitBranches } from './unitBranches';

export type SharedBegun<Q, R> =
  | Exclude<Begun, { kind: 'created' }>
  /** Created, with the steps that were written in the same statement. */
  | { readonly kind: 'created'; readonly at: string; readonly steps: SharedSteps<Q, R> };

/**
 * Begins a transaction and takes all steps that need no wait: one statement writes the record, the votes, the decision and
 * the end. The decision and its effects become durable at one instant, so that no branch commits before the
 * decision is durable. A refused transaction ends as aborted, because no branch can have received a call of it. One that
 * waits for its capture stays authorized. If the answer is lost, the unit looks up the transaction by its id and its key.
 */
export class BeginUnit<Q, R> implements Unit<Q, R> {
  readonly accounts: readonly string[];
  readonly keyName: string | undefined;
  private readonly look: BeginLookUp<Q, R>;
  private readonly branches: UnitBranches<Q, R>;
  private steps: SharedSteps<Q, R> | undefined;

  constructor(
    private readonly transaction: NewTransaction<Q, R>,
    private readonly initial: Extract<TransactionState<Q, R>, { status: 'preparing' }>,
    shared: SharedBranches<Q, R>,
    /** Whether another process may create the same transaction. */
    mayExist: boolean,
    private readonly resolve: (begun: SharedBegun<Q, R>) => void,
    private readonly reject: (error: unknown) => void,
  ) {
    this.look = new BeginLookUp(transaction, mayExist);
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

  private stepsOf(fold: Fold<Q, R>): SharedSteps<Q, R> {
    const steps = sharedSteps(this.initial, this.branches.of, fold);
    const [first] = steps;
    const decided = evolve(first.state, first.milestone);
    if (decided.status !== 'aborting') return steps;
    return [first, { state: decided, milestone: { type: 'TransactionAborted' } }];
  }

  again(begun: boolean): void {
    this.look.again(begun);
    this.steps = undefined;
  }

  landed({ at }: Written): void {
    const { look, steps } = this;
    if (look.found) this.resolve(look.found);
    else if (steps) this.resolve({ kind: 'created', at, steps });
    else throw new Error('a transaction landed before it was decided');
  }

  lost(): void {
    throw new Error('a creation carries no fenced move');
  }

  failed(error: unknown): void {
    this.reject(error);
  }
}

/** How to store a transaction that took these steps with its creation. */
function begunAs<Q, R>([decision, end = decision]: SharedSteps<Q, R>): Pick<
  NewTransaction<Q, R>,
  'status' | 'reason' | 'votes'
> {
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

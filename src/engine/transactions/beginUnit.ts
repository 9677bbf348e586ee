import type { Preparing } from '../../domain/transaction/state';
import type { NewTransaction } from '../journal/entries';
import type { Fold } from '../journal/fold';
import type { Question, Unit, Written } from '../journal/unit';
import { BeginLookUp, type BegunBefore } from './beginLookUp';
import type { BranchesHere } from './branchesHere';
import { type CarriedOut, carryOut, reach } from './carryOut';

/** The outcome of an attempt to begin a transaction. */
export type Begun<Q, R> =
  | BegunBefore
  /** Created, with what the same statement carried out. */
  | { readonly kind: 'created'; readonly at: string; readonly carried: CarriedOut<Q, R> };

/**
 * Begins a transaction: one statement writes the record and all that the branches here can carry out at once. If no
 * branch is elsewhere, that is the votes, the decision and the end. If one is, that is the votes of the branches here; a
 * driver asks the others once the record is durable. A transaction that a branch here refuses ends as aborted, because
 * no branch can have received a call of it. If the answer is lost, the unit looks up the transaction by its id and its key.
 */
export class BeginUnit<Q, R> implements Unit<Q, R> {
  readonly accounts: readonly string[];
  readonly keyName: string | undefined;
  private readonly look: BeginLookUp<Q, R>;
  private carried: CarriedOut<Q, R> | undefined;

  constructor(
    private readonly transaction: NewTransaction<Q, R>,
    private readonly initial: Preparing<Q, R>,
    private readonly here: BranchesHere<Q, R>,
    /** Whether another process may create the same transaction. */
    mayExist: boolean,
    private readonly resolve: (begun: Begun<Q, R>) => void,
    private readonly reject: (error: unknown) => void,
  ) {
    this.look = new BeginLookUp(transaction, mayExist);
    this.keyName = this.look.keyName;
    this.accounts = here.accounts;
  }

  questions(): readonly Question[] {
    return this.look.questions();
  }

  decide(fold: Fold<Q, R>): void {
    if (this.look.found) return;
    this.carried = this.carryOut(fold);
    fold.create({ ...this.transaction, ...begunAs(this.carried) });
  }

  private carryOut(fold: Fold<Q, R>): CarriedOut<Q, R> {
    const carried = carryOut(this.initial, this.here, fold);
    if (carried.state.status !== 'aborting') return carried;
    // Only the branches here have heard of it.
    return reach(carried, { type: 'TransactionAborted' }, this.here.branches);
  }

  again(begun: boolean): void {
    this.look.again(begun);
    this.carried = undefined;
  }

  landed({ at }: Written): void {
    const { look, carried } = this;
    if (look.found) this.resolve(look.found);
    else if (carried) this.resolve({ kind: 'created', at, carried });
    else throw new Error('a transaction landed before it was decided');
  }

  lost(): void {
    throw new Error('a creation carries no fenced move');
  }

  failed(error: unknown): void {
    this.reject(error);
  }
}

/** How to store a transaction of which this was carried out with its creation. */
function begunAs<Q, R>({
  milestones: [decision, end = decision],
}: CarriedOut<Q, R>): Pick<NewTransaction<Q, R>, 'status' | 'reason' | 'votes'> {
  if (!decision || !end) return { status: 'preparing' };
  switch (end.milestone.type) {
    case 'Authorized':
      return { status: 'authorized' };
    case 'CommitDecided':
      return { status: 'committing' };
    case 'TransactionCommitted':
      return { status: 'committed' };
    case 'TransactionAborted': {
      const { reason, votes } = decision.move;
      return { status: 'aborted', ...(reason && { reason }), ...(votes && { votes }) };
    }
    case 'AbortDecided':
    case 'TransactionFailed':
      throw new Error(`a transaction does not begin with ${end.milestone.type}`);
  }
}

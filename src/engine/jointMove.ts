import type { BranchId, TransactionId } from '../domain/ids';
import type { Moved } from './moved';

/** The moves that follow from branch writes alone: the decision to commit from the last vote, an end from the last branch. */
export type JointStatus = 'committing' | 'committed' | 'aborted';

/**
 * A move of a transaction that may be written together with the last branch write it follows from: one statement, both
 * or neither. That saves a flush between phases and changes no order: the votes are durable when the decision is, and
 * no branch commits before it. A store that cannot do it leaves the move alone, and the driver writes it by itself.
 */
export class JointMove {
  /** Set when the move was written. */
  moved: Moved | undefined;

  /** Branches whose write is not known to have landed. */
  private readonly open: Set<BranchId>;

  constructor(
    readonly id: TransactionId,
    readonly to: JointStatus,
    branches: readonly BranchId[],
  ) {
    this.open = new Set(branches);
  }

  /** Whether a statement that writes these branches has all that are missing, and so may carry the move. */
  completedBy(branches: ReadonlySet<BranchId>): boolean {
    return this.open.size > 0 && [...this.open].every((branch) => branches.has(branch));
  }

  /** Tells what a statement has done: the branches whose write applied, and when it carried the move, the move. */
  landed(branches: ReadonlySet<BranchId>, moved: Moved | undefined): void {
    for (const branch of branches) this.open.delete(branch);
    this.moved ??= moved;
  }
}

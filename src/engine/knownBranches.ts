import type { AccountBranchState } from '../domain/account/state';
import type { TransactionId } from '../domain/ids';

/** Branches that one actor remembers: more than may be under way on one account at once. */
const KNOWN_MAX = 20_000;

/**
 * What an actor knows of its account's branches, guesses about what is being written included. Only branches that may
 * still change are worth the memory; what is not known is read.
 */
export class KnownBranches {
  private readonly branches = new Map<TransactionId, AccountBranchState>();

  get(id: TransactionId): AccountBranchState | undefined {
    return this.branches.get(id);
  }

  has(id: TransactionId): boolean {
    return this.branches.has(id);
  }

  /** The oldest are let go of: those that others finished would stay for ever. */
  know(id: TransactionId, branch: AccountBranchState): void {
    this.branches.set(id, branch);
    if (this.branches.size <= KNOWN_MAX) return;
    const [oldest] = this.branches.keys();
    if (oldest !== undefined) this.branches.delete(oldest);
  }

  /** Takes over what was read, unless a commit or abort that is on its way is a newer guess than `prepared`. */
  learn(id: TransactionId, read: AccountBranchState): void {
    if (read.state !== 'prepared' || !this.branches.has(id)) this.know(id, read);
  }

  forget(id: TransactionId): void {
    this.branches.delete(id);
  }

  /** A finished branch is the database's to remember. */
  forgetFinished(id: TransactionId): void {
    if (this.branches.get(id)?.state !== 'prepared') this.branches.delete(id);
  }

  forgetAll(): void {
    this.branches.clear();
  }
}

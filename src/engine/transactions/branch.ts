import type { AccountId, BranchId, TransactionId } from '../../domain/ids';
import type { AbortReason, FinalVote, Vote } from '../../domain/transaction/state';
import type { Fold } from '../journal/fold';
import type { Question } from '../journal/unit';
import type { BackoffPolicy } from '../retry';

/**
 * One participant of a transaction, as the coordinator knows it. Every call may be repeated, may come late, and may
 * have been carried out although its answer was lost. A thrown error is retried and is never a vote; a
 * {@link TerminalError} stops the transaction as `failed`.
 */
export interface Branch<Q, R> {
  /**
   * Of a branch that may be away for long: how its calls are repeated. What is still unanswered after `attemptsMax` attempts is left to
   * later drivers, each call at its own time, and keeps no other branch waiting. A branch without it shares the fate of its transaction.
   */
  readonly patience?: Patience;
  /**
   * Promises to commit or refuses. After a vote to commit this branch can always commit: whatever could refuse the
   * commit is reserved now. After an abort of the same transaction the vote is always abort.
   */
  prepare(id: TransactionId, query: Q, attempt: Attempt): Promise<Vote<R>>;
  /** Applies what was prepared. Only ever called after the decision to commit is durable. */
  commit(id: TransactionId, query: Q, attempt: Attempt): Promise<AskAgain | undefined>;
  /** Releases what was prepared, if anything; leaves a mark that refuses a prepare that comes later. */
  abort(id: TransactionId, reason: AbortReason<R>, attempt: Attempt): Promise<AskAgain | undefined>;
}

export interface Patience {
  /** Between two attempts of one call. */
  readonly backoff: BackoffPolicy;
  /** Attempts that one driver makes of one call, in a row. */
  readonly attemptsMax: number;
}

export interface Attempt {
  /** Which one of this call it is, from 1. After a crash it may count too few. */
  readonly number: number;
  /** Milliseconds left of the prepare phase; at least 0. A decision has no deadline. */
  readonly remainingMs: number;
}

/** What a branch answers that has not carried a decision out yet: it wants to hear it again so many milliseconds from now. */
export interface AskAgain {
  readonly afterMs: number;
}

/**
 * A branch that lies in the database of the transaction's record, while one statement for both is being decided: the same
 * calls, answered at once, durable with the statement or not at all.
 */
export interface SharedBranch<Q, R> {
  /** What has to be known before it can be called. */
  questions(): readonly Question[];
  again(): void;
  /** Decides a prepare. */
  vote(query: Q): FinalVote<R>;
  /** Decides a commit or an abort: why it cannot be carried out, whatever is retried. */
  problemOf(call: 'commit' | 'abort', query: Q): string | undefined;
  /** Adds to the statement what was decided last. Nothing else may be decided on the account in between. */
  addTo(fold: Fold<Q, R>): void;
}

/** The branches that share a database with the records of transactions. */
export interface SharedBranches<Q, R> {
  has(branch: BranchId): boolean;
  accountOf(branch: BranchId): AccountId;
  /** `isNew`: no branch of this transaction can exist yet. */
  shared(branch: BranchId, id: TransactionId, isNew: boolean): SharedBranch<Q, R>;
}

import type { AccountId, BranchId, TransactionId } from '../../domain/ids';
import type { AbortReason, FinalVote, Vote } from '../../domain/transaction/state';
import type { Fold } from '../journal/fold';
import type { Question } from '../journal/unit';
import type { BackoffPolicy } from '../retry';

/**
 * One participant of a transaction, as the coordinator sees it. The coordinator may repeat every call and send it late,
 * and a call may have been carried out although its answer was lost. The coordinator retries after a thrown error,
 * which is never a vote. A {@link TerminalError} stops the transaction as `failed`.
 */
export interface Branch<Q, R> {
  /**
   * How calls are repeated to a branch that may be away for long. A call that is unanswered after `attemptsMax`
   * attempts is left to later drivers. Each call has its own schedule and delays no other branch. A branch without
   * patience shares the retries of its transaction.
   */
  readonly patience?: Patience;
  /**
   * Promises to commit, or refuses. After a vote to commit, this branch can always commit: it has reserved everything
   * that the commit needs. After an abort of the same transaction the vote is always abort.
   */
  prepare(id: TransactionId, query: Q, attempt: Attempt): Promise<Vote<R>>;
  /** Applies the prepared change. Called only after the decision to commit is durable. */
  commit(id: TransactionId, query: Q, attempt: Attempt): Promise<AskAgain | undefined>;
  /** Releases the prepared change, if any. Leaves a tombstone that makes the branch refuse a later prepare. */
  abort(id: TransactionId, reason: AbortReason<R>, attempt: Attempt): Promise<AskAgain | undefined>;
}

export interface Patience {
  /** The backoff between two attempts of one call. */
  readonly backoff: BackoffPolicy;
  /** Attempts in a row that one driver makes of one call. */
  readonly attemptsMax: number;
}

export interface Attempt {
  /** The number of this attempt of the call, from 1. After a crash it may be too low. */
  readonly number: number;
  /** Milliseconds left of the prepare phase, at least 0. A decision has no deadline. */
  readonly remainingMs: number;
}

/** The answer of a branch that has not carried out a decision yet: it asks for the same call that many milliseconds from now. */
export interface AskAgain {
  readonly afterMs: number;
}

/**
 * A branch in the same database as the transaction record, while one statement for both is being decided. It has the
 * same calls, answers them at once, and becomes durable with the statement or not at all.
 */
export interface SharedBranch<Q, R> {
  /** The facts that must be known before a call. */
  questions(): readonly Question[];
  again(): void;
  /** Decides a prepare. */
  vote(query: Q): FinalVote<R>;
  /** Decides a commit or an abort. Returns the reason if it cannot be carried out, even with retries. */
  problemOf(call: 'commit' | 'abort', query: Q): string | undefined;
  /** Adds the last decision to the statement. The caller must decide nothing else on the account in between. */
  addTo(fold: Fold<Q, R>): void;
}

/** The branches that share a database with the records of transactions. */
export interface SharedBranches<Q, R> {
  has(branch: BranchId): boolean;
  accountOf(branch: BranchId): AccountId;
  /** `isNew`: the statement creates the transaction. If another process has created it, the statement writes nothing. */
  shared(branch: BranchId, id: TransactionId, isNew: boolean): SharedBranch<Q, R>;
}

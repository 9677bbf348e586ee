import type { BranchId } from '../../domain/ids';
import type { AbortReason, BranchError, TransactionState, TransactionStatus } from '../../domain/transaction/state';
import type { Votes } from '../journal/entries';
import type { StoredCall } from './unanswered';

/** One step in the course of a transaction. */
export interface HistoryEntry<R> extends Votes<R> {
  readonly status: TransactionStatus;
  /** ISO 8601, of the database's clock. */
  readonly at: string;
  readonly confirmed?: readonly BranchId[];
  readonly reason?: AbortReason<R>;
  readonly errors?: readonly BranchError[];
  /** A reader may see less of the settlement than was stored. */
  readonly settled?: Pick<Settlement, 'branch' | 'as'> & Partial<Settlement>;
}

/** An operator's word for a branch that no longer answers. */
export interface Settlement {
  readonly branch: BranchId;
  /** What the participant did, as far as the operator knows. */
  readonly as: 'committed' | 'aborted';
  /** The operator's reason. */
  readonly note: string;
  /** The owner or name behind the operator's token. */
  readonly by?: string;
}

export type BranchProgress = 'none' | 'prepared' | 'committed' | 'aborted';

/** A transaction as stored. Times in ISO 8601, of the database's clock. */
export interface TransactionRecord<Q, R> {
  readonly state: TransactionState<Q, R>;
  readonly type: string;
  readonly metadata?: unknown;
  readonly requestedBy?: string;
  /** The progress of each branch, in the order of the branches. */
  readonly progress: readonly BranchProgress[];
  /** The calls to branches that are away, each with the time of its next attempt. */
  readonly unanswered: readonly StoredCall[];
  /** How many times a driver gave up and left the rest to a later one. */
  readonly attempts: number;
  readonly history: readonly HistoryEntry<R>[];
  readonly deadlineAt: string;
  /** Set for a transaction that waits, or waited, for a capture. */
  readonly expiresAt?: string;
  /** Milliseconds left to the deadline when the record was read, by the database's clock. This is a hint: only the store decides. */
  readonly remainingMs: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly finishedAt?: string;
}

/** Whether an authorization has expired, as far as the record knows. The store decides. */
export function hasExpired<Q, R>({ state, remainingMs }: TransactionRecord<Q, R>): boolean {
  return state.status === 'authorized' && remainingMs <= 0;
}

/** A transaction to go on with, and the number of attempts at it so far. */
export interface Resumption {
  readonly id: string;
  readonly attempts: number;
}

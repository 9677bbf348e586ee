import type { BranchId } from '../../domain/ids';
import type { AbortReason, BranchError, TransactionState, TransactionStatus } from '../../domain/transaction/state';
import type { Votes } from '../journal/entries';
import type { StoredCall } from './unanswered';

/** One step of a transaction's way. */
export interface HistoryEntry<R> extends Votes<R> {
  readonly status: TransactionStatus;
  /** ISO 8601, the database's clock. */
  readonly at: string;
  readonly confirmed?: readonly BranchId[];
  readonly reason?: AbortReason<R>;
  readonly errors?: readonly BranchError[];
  /** A reader may be told less of it than was stored. */
  readonly settled?: Pick<Settlement, 'branch' | 'as'> & Partial<Settlement>;
}

/** What an operator has said of a branch that does not answer any more. */
export interface Settlement {
  readonly branch: BranchId;
  /** What its participant did, as the operator knows it. */
  readonly as: 'committed' | 'aborted';
  /** Why the operator says so. */
  readonly note: string;
  /** Who: the owner or name behind the token. */
  readonly by?: string;
}

export type BranchProgress = 'none' | 'prepared' | 'committed' | 'aborted';

/** A transaction as stored. Times are ISO 8601 of the database's clock. */
export interface TransactionRecord<Q, R> {
  readonly state: TransactionState<Q, R>;
  readonly type: string;
  readonly metadata?: unknown;
  readonly requestedBy?: string;
  /** Where each branch is, in the order of the branches. */
  readonly progress: readonly BranchProgress[];
  /** The calls to branches that are away, each with the time of its next attempt. */
  readonly unanswered: readonly StoredCall[];
  /** How often a driver had to give up and leave the rest to a later one. */
  readonly attempts: number;
  readonly history: readonly HistoryEntry<R>[];
  readonly deadlineAt: string;
  /** Of a transaction that waits, or waited, for a capture. */
  readonly expiresAt?: string;
  /** Time left to the deadline when the record was read, by the database's clock. A hint: only the store judges. */
  readonly remainingMs: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly finishedAt?: string;
}

/** Whether the time of an authorization is over, as far as the record knows: the store judges. */
export function hasExpired<Q, R>({ state, remainingMs }: TransactionRecord<Q, R>): boolean {
  return state.status === 'authorized' && remainingMs <= 0;
}

/** A transaction to go on with, and how many attempts at it there were. */
export interface Resumption {
  readonly id: string;
  readonly attempts: number;
}

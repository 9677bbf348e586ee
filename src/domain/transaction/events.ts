import type { BranchId } from '../ids';
import type { AbortReason, BranchError, FinalVote } from './state';

export type TransactionEvent<Q, R> =
  | { readonly type: 'VoteRecorded'; readonly branch: BranchId; readonly vote: FinalVote<R> }
  | { readonly type: 'Authorized' }
  /** `query` is set when a capture changed it. */
  | { readonly type: 'CommitDecided'; readonly query?: Q }
  | { readonly type: 'AbortDecided'; readonly reason: AbortReason<R> }
  | { readonly type: 'BranchConfirmed'; readonly branch: BranchId }
  | { readonly type: 'TransactionCommitted' }
  | { readonly type: 'TransactionAborted' }
  | { readonly type: 'TransactionFailed'; readonly errors: readonly BranchError[] }
  | { readonly type: 'TransactionResumed' };

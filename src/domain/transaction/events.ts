import type { BranchId } from '../ids';
import type { AbortReason, BranchError, FinalVote } from './state';

export type TransactionEvent<R> =
  | { readonly type: 'VoteRecorded'; readonly branch: BranchId; readonly vote: FinalVote<R> }
  | { readonly type: 'CommitDecided' }
  | { readonly type: 'AbortDecided'; readonly reason: AbortReason<R> }
  | { readonly type: 'BranchConfirmed'; readonly branch: BranchId }
  | { readonly type: 'TransactionCommitted' }
  | { readonly type: 'TransactionAborted' }
  | { readonly type: 'TransactionFailed'; readonly errors: readonly BranchError[] }
  | { readonly type: 'TransactionResumed' };

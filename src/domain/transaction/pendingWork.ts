import { assertNever } from '../assertNever';
import type { BranchId } from '../ids';
import type { AbortReason, Preparing, TransactionState } from './state';

/** A call that a transaction owes to one of its branches. */
export type BranchCall<Q, R> =
  | { readonly type: 'prepare'; readonly branch: BranchId; readonly query: Q }
  | { readonly type: 'commit'; readonly branch: BranchId; readonly query: Q }
  | { readonly type: 'abort'; readonly branch: BranchId; readonly reason: AbortReason<R> };

/**
 * What a transaction owes to its branches. It follows from the state alone, the same after a write and after a crash,
 * so recovery needs no second code path.
 *
 * The branches that are asked first pay: no other branch reserves anything before all of these have promised. Every
 * branch gets the abort, even one that voted for it. A repeated prepare of that branch may still be in flight, and only
 * the tombstone stops it.
 */
export function pendingWork<Q, R>(state: TransactionState<Q, R>): readonly BranchCall<Q, R>[] {
  switch (state.status) {
    case 'preparing':
      return toPrepare(state).map((branch) => ({ type: 'prepare', branch, query: state.query }));
    case 'committing':
      return state.branches
        .filter((branch) => !state.confirmed.has(branch))
        .map((branch) => ({ type: 'commit', branch, query: state.query }));
    case 'aborting':
      return state.branches
        .filter((branch) => !state.confirmed.has(branch))
        .map((branch) => ({ type: 'abort', branch, reason: state.reason }));
    case 'authorized':
    case 'committed':
    case 'aborted':
    case 'failed':
      return [];
    default:
      return assertNever(state);
  }
}

function toPrepare<Q, R>({ branches, askedFirst, votes }: Preparing<Q, R>): readonly BranchId[] {
  const first = branches.slice(0, askedFirst).filter((branch) => !votes.has(branch));
  return first.length > 0 ? first : branches.slice(askedFirst).filter((branch) => !votes.has(branch));
}

import { assertNever } from '../assertNever';
import { accept, type Decision, refuse } from '../decision';
import type { BranchId } from '../ids';
import type { TransactionEvent } from './events';
import {
  type AbortReason,
  type BranchError,
  type FinalVote,
  isPending,
  type Preparing,
  type TransactionState,
} from './state';

export type TransactionCommand<R> =
  | { readonly type: 'RecordVote'; readonly branch: BranchId; readonly vote: FinalVote<R> }
  | { readonly type: 'ConfirmBranch'; readonly branch: BranchId }
  /** A client's wish to abort, or the deadline. */
  | { readonly type: 'Abort'; readonly reason: AbortReason<R> }
  | { readonly type: 'Fail'; readonly errors: readonly BranchError[] }
  | { readonly type: 'Resume' };

export type TransactionRefusal = { readonly kind: 'too-late-to-abort' } | { readonly kind: 'not-failed' };

type TransactionDecision<R> = Decision<TransactionEvent<R>, TransactionRefusal>;

/** Decides one command. Commands that come late or twice change nothing: no events. */
export function decide<Q, R>(state: TransactionState<Q, R>, command: TransactionCommand<R>): TransactionDecision<R> {
  switch (command.type) {
    case 'RecordVote':
      return recordVote(state, command.branch, command.vote);
    case 'ConfirmBranch':
      return confirmBranch(state, command.branch);
    case 'Abort':
      return abort(state, command.reason);
    case 'Fail':
      return isPending(state) ? accept({ type: 'TransactionFailed', errors: command.errors }) : accept();
    case 'Resume':
      return state.status === 'failed' ? accept({ type: 'TransactionResumed' }) : refuse({ kind: 'not-failed' });
    default:
      return assertNever(command);
  }
}

/** One vote to abort decides at once; a vote to commit decides when it is the last one missing. */
function recordVote<Q, R>(state: TransactionState<Q, R>, branch: BranchId, vote: FinalVote<R>): TransactionDecision<R> {
  if (state.status !== 'preparing' || !isNewFrom(state.branches, state.votes, branch)) return accept();
  const recorded: TransactionEvent<R> = { type: 'VoteRecorded', branch, vote };
  if (vote.kind === 'abort') {
    const reason: AbortReason<R> = { kind: 'branches', reasons: [{ branch, reason: vote.reason }] };
    return accept<TransactionEvent<R>>(recorded, { type: 'AbortDecided', reason });
  }
  return isLastVote(state) ? accept<TransactionEvent<R>>(recorded, { type: 'CommitDecided' }) : accept(recorded);
}

function confirmBranch<Q, R>(state: TransactionState<Q, R>, branch: BranchId): TransactionDecision<R> {
  if (state.status !== 'committing' && state.status !== 'aborting') return accept();
  if (!isNewFrom(state.branches, state.confirmed, branch)) return accept();
  const confirmed: TransactionEvent<R> = { type: 'BranchConfirmed', branch };
  if (state.confirmed.size + 1 < state.branches.length) return accept(confirmed);
  return accept<TransactionEvent<R>>(confirmed, {
    type: state.status === 'committing' ? 'TransactionCommitted' : 'TransactionAborted',
  });
}

function abort<Q, R>(state: TransactionState<Q, R>, reason: AbortReason<R>): TransactionDecision<R> {
  switch (state.status) {
    case 'preparing':
      return accept({ type: 'AbortDecided', reason });
    case 'aborting':
    case 'aborted':
      return accept();
    case 'committing':
    case 'committed':
    case 'failed':
      return refuse({ kind: 'too-late-to-abort' });
    default:
      return assertNever(state);
  }
}

function isNewFrom(
  branches: readonly BranchId[],
  heard: ReadonlySet<BranchId> | ReadonlyMap<BranchId, unknown>,
  branch: BranchId,
): boolean {
  return branches.includes(branch) && !heard.has(branch);
}

function isLastVote<Q, R>(state: Preparing<Q, R>): boolean {
  return state.votes.size + 1 === state.branches.length;
}

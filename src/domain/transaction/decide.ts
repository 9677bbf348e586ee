import { assertNever } from '../assertNever';
import { accept, type Decision, refuse } from '../decision';
import type { BranchId } from '../ids';
import type { TransactionEvent } from './events';
import { type AbortReason, type BranchError, type BranchVote, isPending, type TransactionState } from './state';

export type TransactionCommand<Q, R> =
  /** Votes that became known together. If several refuse, the reason names them all. */
  | { readonly type: 'RecordVotes'; readonly votes: readonly BranchVote<R>[] }
  | { readonly type: 'ConfirmBranch'; readonly branch: BranchId }
  /** A client asked for the abort, or the deadline has passed. */
  | { readonly type: 'Abort'; readonly reason: AbortReason<R> }
  /** Decides to commit an authorized transaction, for the amounts in `query`. */
  | { readonly type: 'Capture'; readonly query: Q }
  | { readonly type: 'Void'; readonly reason: Extract<AbortReason<R>, { kind: 'voided' | 'expired' }> }
  | { readonly type: 'Fail'; readonly errors: readonly BranchError[] }
  | { readonly type: 'Resume' };

export type TransactionRefusal =
  | { readonly kind: 'too-late-to-abort' }
  | { readonly kind: 'not-failed' }
  /** The transaction takes no capture, or its branches have not all voted. */
  | { readonly kind: 'not-authorized' }
  | { readonly kind: 'already-captured' }
  | { readonly kind: 'already-voided' }
  | { readonly kind: 'authorization-expired' };

type TransactionDecision<Q, R> = Decision<TransactionEvent<Q, R>, TransactionRefusal>;

/** Decides one command. A late or repeated command changes nothing: it gives no events. */
export function decide<Q, R>(
  state: TransactionState<Q, R>,
  command: TransactionCommand<Q, R>,
): TransactionDecision<Q, R> {
  switch (command.type) {
    case 'RecordVotes':
      return recordVotes(state, command.votes);
    case 'ConfirmBranch':
      return confirmBranch(state, command.branch);
    case 'Abort':
      return abort(state, command.reason);
    case 'Capture':
      return state.status === 'authorized'
        ? accept({ type: 'CommitDecided', query: command.query })
        : refuse(notAuthorized(state));
    case 'Void':
      return state.status === 'authorized'
        ? accept({ type: 'AbortDecided', reason: command.reason })
        : refuse(notAuthorized(state));
    case 'Fail':
      return isPending(state) ? accept({ type: 'TransactionFailed', errors: command.errors }) : accept();
    case 'Resume':
      return state.status === 'failed' ? accept({ type: 'TransactionResumed' }) : refuse({ kind: 'not-failed' });
    default:
      return assertNever(command);
  }
}

/** The first vote to abort decides at once. A vote to commit decides only when it is the last missing one. */
function recordVotes<Q, R>(state: TransactionState<Q, R>, votes: readonly BranchVote<R>[]): TransactionDecision<Q, R> {
  if (state.status !== 'preparing') return accept();
  const events: TransactionEvent<Q, R>[] = [];
  const reasons: { branch: BranchId; reason: R }[] = [];
  for (const { branch, vote } of votes) {
    if (!isNewFrom(state.branches, state.votes, branch)) continue;
    events.push({ type: 'VoteRecorded', branch, vote });
    if (vote.kind === 'abort') reasons.push({ branch, reason: vote.reason });
  }
  if (reasons.length > 0) events.push({ type: 'AbortDecided', reason: { kind: 'branches', reasons } });
  else if (events.length > 0 && state.votes.size + events.length >= state.branches.length) {
    events.push({ type: state.isTwoStep ? 'Authorized' : 'CommitDecided' });
  }
  return { kind: 'accepted', events };
}

function confirmBranch<Q, R>(state: TransactionState<Q, R>, branch: BranchId): TransactionDecision<Q, R> {
  if (state.status !== 'committing' && state.status !== 'aborting') return accept();
  if (!isNewFrom(state.branches, state.confirmed, branch)) return accept();
  const confirmed: TransactionEvent<Q, R> = { type: 'BranchConfirmed', branch };
  if (state.confirmed.size + 1 < state.branches.length) return accept(confirmed);
  return accept<TransactionEvent<Q, R>>(confirmed, {
    type: state.status === 'committing' ? 'TransactionCommitted' : 'TransactionAborted',
  });
}

function abort<Q, R>(state: TransactionState<Q, R>, reason: AbortReason<R>): TransactionDecision<Q, R> {
  switch (state.status) {
    case 'preparing':
      return accept({ type: 'AbortDecided', reason });
    case 'aborting':
    case 'aborted':
      return accept();
    case 'authorized':
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

/** The reason why a capture or a void came too late. */
function notAuthorized<Q, R>(state: TransactionState<Q, R>): TransactionRefusal {
  if (!state.isTwoStep) return { kind: 'not-authorized' };
  switch (state.status) {
    case 'committing':
    case 'committed':
      return { kind: 'already-captured' };
    case 'aborting':
    case 'aborted':
      if (state.reason.kind === 'expired') return { kind: 'authorization-expired' };
      return { kind: state.reason.kind === 'voided' ? 'already-voided' : 'not-authorized' };
    case 'failed':
      return notAuthorized(state.interrupted);
    case 'preparing':
    case 'authorized':
      return { kind: 'not-authorized' };
    default:
      return assertNever(state);
  }
}

import { assertNever } from '../../domain/assertNever';
import type { TransactionEvent } from '../../domain/transaction/events';
import { isPending, type Pending, type TransactionState } from '../../domain/transaction/state';
import { crashPoint } from '../crashPoint';
import type { Move } from '../journal/entries';
import { authorizationEnded, transactionMoved } from '../telemetry';
import type { BranchProgress, HistoryEntry, TransactionRecord } from './record';

/** An event that is written before anything follows from it: a decision or an end. */
export type Milestone<Q, R> = Exclude<
  TransactionEvent<Q, R>,
  { type: 'VoteRecorded' | 'BranchConfirmed' | 'TransactionResumed' }
>;

export function isMilestone<Q, R>(event: TransactionEvent<Q, R>): event is Milestone<Q, R> {
  return event.type !== 'VoteRecorded' && event.type !== 'BranchConfirmed' && event.type !== 'TransactionResumed';
}

/** The status change of a milestone. `state` is the state before it, with the votes that led to it. */
export function moveFor<Q, R>(state: TransactionState<Q, R>, milestone: Milestone<Q, R>): Move<Q, R> {
  const { id, status: from } = state;
  const votes = votesOf(state);
  switch (milestone.type) {
    case 'Authorized':
      return { id, from, to: 'authorized', guard: 'before-deadline', ...votes };
    case 'CommitDecided': {
      const { query } = milestone;
      if (query !== undefined) return { id, from, to: 'committing', guard: 'before-expiry', query };
      return { id, from, to: 'committing', guard: 'before-deadline', ...votes };
    }
    case 'AbortDecided': {
      const { reason } = milestone;
      if (reason.kind === 'timeout') return { id, from, to: 'aborting', reason, guard: 'after-deadline', ...votes };
      if (reason.kind === 'expired') return { id, from, to: 'aborting', reason, guard: 'after-expiry' };
      return { id, from, to: 'aborting', reason, ...votes };
    }
    case 'TransactionCommitted':
      return { id, from, to: 'committed', confirmed: state.branches };
    case 'TransactionAborted':
      return { id, from, to: 'aborted', confirmed: state.branches };
    case 'TransactionFailed':
      return { id, from, to: 'failed', errors: milestone.errors };
    default:
      return assertNever(milestone);
  }
}

function votesOf<Q, R>(state: TransactionState<Q, R>): Pick<Move<Q, R>, 'votes'> {
  if (state.status !== 'preparing' || state.votes.size === 0) return {};
  return { votes: [...state.votes].map(([branch, vote]) => ({ branch, vote: vote.kind })) };
}

/** The record after a move to the state `moved` that was written at `at`. The caller need not read it again. */
export function movedRecord<Q, R>(
  record: TransactionRecord<Q, R>,
  moved: TransactionState<Q, R>,
  move: Move<Q, R>,
  at: string,
): TransactionRecord<Q, R> {
  const isFinal = moved.status === 'committed' || moved.status === 'aborted';
  const { expiresAt, remainingMs } = record;
  const waits = moved.status === 'authorized' && expiresAt !== undefined;
  return {
    ...record,
    state: moved,
    progress: progressOf(moved, record.progress),
    unanswered: [],
    history: [...record.history, historyEntry(move, at)],
    updatedAt: at,
    remainingMs: waits ? Date.parse(expiresAt) - Date.parse(at) : remainingMs,
    ...(isFinal && { finishedAt: at }),
  };
}

/** The progress of each branch, from what the state tells and from what was known before. */
export function progressOf<Q, R>(
  state: TransactionState<Q, R>,
  known: readonly BranchProgress[],
): readonly BranchProgress[] {
  const { branches } = state;
  const before = (index: number): BranchProgress => known[index] ?? 'none';
  // An operator may have said that a branch did not follow the decision.
  const hasEnded = (index: number): boolean => before(index) === 'committed' || before(index) === 'aborted';
  switch (state.status) {
    case 'preparing': {
      const { votes } = state;
      if (votes.size === 0) return known;
      return branches.map((branch, index) => (votes.get(branch)?.kind === 'commit' ? 'prepared' : before(index)));
    }
    case 'authorized':
      return branches.map(() => 'prepared');
    case 'committing': {
      const { confirmed } = state;
      return branches.map((branch, index) => {
        if (hasEnded(index)) return before(index);
        return confirmed.has(branch) ? 'committed' : 'prepared';
      });
    }
    case 'aborting': {
      const { confirmed } = state;
      if (confirmed.size === 0) return known;
      return branches.map((branch, index) => (confirmed.has(branch) && !hasEnded(index) ? 'aborted' : before(index)));
    }
    case 'committed':
      return branches.map(() => 'committed');
    case 'aborted':
      return branches.map(() => 'aborted');
    case 'failed':
      return known;
    default:
      return assertNever(state);
  }
}

/** The history entry of a move. A reader and the writer of the move get the same entry. */
export function historyEntry<Q, R>(move: Move<Q, R>, at: string): HistoryEntry<R> {
  const { to, votes, confirmed, reason, errors } = move;
  return {
    status: to,
    at,
    ...(votes && { votes }),
    ...(confirmed && { confirmed }),
    ...(reason && { reason }),
    ...(errors && { errors }),
  };
}

/** The move that sends a failed transaction on from where it was interrupted. */
export function resumeMove<Q, R>(id: string, interrupted: Pending<Q, R>): Move<Q, R> {
  return { id, from: 'failed', to: interrupted.status };
}

/** Reports a durable move to the metrics and the crash tests. */
export function tellMove<Q, R>(record: TransactionRecord<Q, R>, move: Move<Q, R>, at: string): void {
  transactionMoved.tell(() => ({
    from: move.from,
    to: move.to,
    reason: move.reason ?? ('reason' in record.state ? record.state.reason : undefined),
    phaseMs: Date.parse(at) - Date.parse(record.updatedAt),
  }));
  if (move.from === 'authorized') tellEnded(record, move, at);
  crashPoint(move.to === 'committing' || move.to === 'aborting' ? 'decided' : 'finished', move.id);
}

function tellEnded<Q, R>({ expiresAt }: TransactionRecord<Q, R>, { to, reason }: Move<Q, R>, at: string): void {
  authorizationEnded.tell(() => {
    if (to === 'committing') return { how: 'captured' };
    if (reason?.kind !== 'expired') return { how: 'voided' };
    return { how: 'expired', lagMs: Date.parse(at) - Date.parse(expiresAt ?? at) };
  });
}

/** Reports a transaction with what was carried out in the statement that created it. */
export function tellBegun<Q, R>({ state }: TransactionRecord<Q, R>): void {
  const { id, status } = state;
  if (state.status === 'preparing') {
    crashPoint('created', id);
    tellAnswered(state);
    return;
  }
  const reason = state.status === 'aborted' ? state.reason : undefined;
  transactionMoved.tell(() => ({ from: 'preparing', to: status, reason, phaseMs: undefined }));
  crashPoint(isPending(state) ? 'decided' : 'finished', id);
}

/** Tells the crash tests that some branches have answered, and not all. */
export function tellAnswered<Q, R>(state: TransactionState<Q, R>): void {
  if (state.status === 'preparing') {
    if (state.votes.size > 0) crashPoint('one-prepared', state.id);
  } else if (state.status === 'committing' || state.status === 'aborting') {
    if (state.confirmed.size > 0) crashPoint(state.status === 'committing' ? 'one-committed' : 'one-aborted', state.id);
  }
}

import type { Decision } from '../../domain/decision';
import type { BranchId } from '../../domain/ids';
import { decide, type TransactionCommand } from '../../domain/transaction/decide';
import type { TransactionEvent } from '../../domain/transaction/events';
import { evolve } from '../../domain/transaction/evolve';
import { pendingWork } from '../../domain/transaction/pendingWork';
import type { BranchError, BranchVote, Pending, Preparing, TransactionState } from '../../domain/transaction/state';
import type { Move } from '../journal/entries';
import type { Fold } from '../journal/fold';
import type { BranchesHere } from './branchesHere';
import { isMilestone, type Milestone, movedRecord, moveFor, progressOf } from './milestone';
import type { TransactionRecord } from './record';

/** A milestone with its status change, and the state after it. */
interface Reached<Q, R> {
  readonly milestone: Milestone<Q, R>;
  readonly move: Move<Q, R>;
  readonly state: TransactionState<Q, R>;
}

/** What one statement does of a transaction. */
export interface CarriedOut<Q, R> {
  /** In order; none if nothing was decided or ended. */
  readonly milestones: readonly Reached<Q, R>[];
  /** The state after it. */
  readonly state: TransactionState<Q, R>;
  /** The branches here that cannot carry out the decision, while branches elsewhere must still hear it. */
  readonly errors: readonly BranchError[];
}

/**
 * Carries out a transaction as far as one statement can: what it owes to the branches in the record's database, and the
 * milestones that follow. The statement stops where branches elsewhere must be called. No vote and no decision is heard
 * of before it is durable, because each branch is decided in the statement that writes it. A decision and its effects
 * here become durable at one instant, so no branch commits before the decision is durable. `first` is a milestone that
 * was reached before; the statement writes it too.
 */
export function carryOut<Q, R>(
  start: TransactionState<Q, R>,
  here: BranchesHere<Q, R>,
  fold: Fold<Q, R>,
  first?: Milestone<Q, R>,
): CarriedOut<Q, R> {
  const nothing: CarriedOut<Q, R> = { milestones: [], state: start, errors: [] };
  const begun = first ? reach(nothing, first) : nothing;
  const { state } = begun;
  if (state.status === 'committing' || state.status === 'aborting') return finish(begun, state, here, fold);
  if (state.status !== 'preparing') return begun;
  const prepared = prepare(begun, state, here, fold);
  return prepared.state.status === 'committing' ? finish(prepared, prepared.state, here, fold) : prepared;
}

/** The one status change of a statement: from the status before the first milestone to the status after the last. */
export function moveOf<Q, R>({ milestones }: CarriedOut<Q, R>): Move<Q, R> | undefined {
  const [first, ...later] = milestones;
  let move = first?.move;
  for (const { move: next } of later) if (move) move = { ...move, ...next, from: move.from };
  return move;
}

/** The record after a statement that was written at `at`. The caller need not read it again. */
export function carriedRecord<Q, R>(
  record: TransactionRecord<Q, R>,
  { milestones, state }: CarriedOut<Q, R>,
  at: string,
): TransactionRecord<Q, R> {
  let after = record;
  for (const { move, state: reached } of milestones) after = movedRecord(after, reached, move, at);
  return after.state === state ? after : { ...after, state, progress: progressOf(state, after.progress) };
}

/** Adds a milestone that follows from what was carried out so far. `confirmed`: the branches that an end names, if not all. */
export function reach<Q, R>(
  carried: CarriedOut<Q, R>,
  milestone: Milestone<Q, R>,
  confirmed?: readonly BranchId[],
): CarriedOut<Q, R> {
  const state = evolve(carried.state, milestone);
  const move = moveFor(carried.state, milestone);
  const reached = { milestone, move: confirmed ? { ...move, confirmed } : move, state };
  return { milestones: [...carried.milestones, reached], state, errors: carried.errors };
}

/**
 * Asks the branches here for their votes, paying branches first. Adds their promises to the statement only when none of
 * them refuses: a refusal leaves nothing in any journal.
 */
function prepare<Q, R>(
  begun: CarriedOut<Q, R>,
  start: Preparing<Q, R>,
  here: BranchesHere<Q, R>,
  fold: Fold<Q, R>,
): CarriedOut<Q, R> {
  let state: TransactionState<Q, R> = start;
  const asked: string[] = [];
  const promise = (): void => {
    for (const branch of asked) here.of(branch).addTo(fold);
  };
  for (;;) {
    const votes: BranchVote<R>[] = [];
    for (const { branch } of pendingWork(state)) {
      if (!here.has(branch)) continue;
      asked.push(branch);
      votes.push({ branch, vote: here.of(branch).vote(start.query) });
    }
    if (votes.length === 0) {
      promise();
      return { ...begun, state };
    }
    for (const event of eventsOf(state, { type: 'RecordVotes', votes })) {
      if (isMilestone(event)) {
        if (event.type !== 'AbortDecided') promise();
        return reach({ ...begun, state }, event);
      }
      state = evolve(state, event);
    }
  }
}

/** Applies the decision to the branches here. Without branches elsewhere that still owe a confirmation, this is the end. */
function finish<Q, R>(
  begun: CarriedOut<Q, R>,
  decided: Exclude<Pending<Q, R>, { status: 'preparing' }>,
  here: BranchesHere<Q, R>,
  fold: Fold<Q, R>,
): CarriedOut<Q, R> {
  const call = decided.status === 'committing' ? 'commit' : 'abort';
  const owed = pendingWork(decided);
  const mine = owed.filter(({ branch }) => here.has(branch));
  const errors: BranchError[] = [];
  for (const { branch } of mine) {
    const message = here.of(branch).problemOf(call, decided.query);
    if (message !== undefined) errors.push({ branch, message });
  }
  if (errors.length > 0) {
    // The decision is written by itself, and the next step finds the errors again.
    if (begun.milestones.length > 0) return begun;
    if (mine.length < owed.length) return { ...begun, errors };
    return reach(begun, { type: 'TransactionFailed', errors });
  }
  for (const { branch } of mine) here.of(branch).addTo(fold);
  if (mine.length === owed.length)
    return reach(begun, { type: call === 'commit' ? 'TransactionCommitted' : 'TransactionAborted' });
  const confirmed = new Set([...decided.confirmed, ...mine.map(({ branch }) => branch)]);
  return { ...begun, state: { ...decided, confirmed } };
}

function eventsOf<Q, R>(
  state: TransactionState<Q, R>,
  command: TransactionCommand<Q, R>,
): readonly TransactionEvent<Q, R>[] {
  const decision: Decision<TransactionEvent<Q, R>, unknown> = decide<Q, R>(state, command);
  if (decision.kind === 'refused') throw new Error(`a transaction that is ${state.status} refuses ${command.type}`);
  return decision.events;
}

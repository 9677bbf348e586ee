import type { Decision } from '../../domain/decision';
import { decide, type TransactionCommand } from '../../domain/transaction/decide';
import type { TransactionEvent } from '../../domain/transaction/events';
import { evolve } from '../../domain/transaction/evolve';
import { pendingWork } from '../../domain/transaction/pendingWork';
import type { BranchError, BranchVote, Pending, TransactionState } from '../../domain/transaction/state';
import type { Move } from '../journal/entries';
import type { Fold } from '../journal/fold';
import type { SharedBranch } from './branch';
import { isMilestone, type Milestone, movedRecord, moveFor } from './milestone';
import type { TransactionRecord } from './record';

type BranchOf<Q, R> = (branch: string) => SharedBranch<Q, R>;

/** The result of a step: the milestone, and the state before it with the votes or confirmations that led to it. */
export interface SharedStepped<Q, R> {
  readonly state: TransactionState<Q, R>;
  readonly milestone: Milestone<Q, R>;
}

/** The steps that one statement takes: one, or a decision to commit and the end. */
export type SharedSteps<Q, R> = readonly [first: SharedStepped<Q, R>, second?: SharedStepped<Q, R>];

/**
 * Carries out what a pending transaction owes to its branches until its next milestone, as `step` does, for branches
 * that are decided in the statement that writes the milestone. A step that cannot be carried out writes nothing for its
 * branches.
 */
function sharedStep<Q, R>(state: Pending<Q, R>, branchOf: BranchOf<Q, R>, fold: Fold<Q, R>): SharedStepped<Q, R> {
  return state.status === 'preparing' ? prepare(state, branchOf, fold) : finish(state, branchOf, fold);
}

/**
 * Carries out a pending transaction as far as one statement can: a transaction that is decided to commit also commits.
 * Its decision and its effects become durable at one instant, so no branch commits before the decision is durable. If a
 * branch cannot commit, the steps end with the decision, and a driver then stops the transaction as failed.
 */
export function sharedSteps<Q, R>(state: Pending<Q, R>, branchOf: BranchOf<Q, R>, fold: Fold<Q, R>): SharedSteps<Q, R> {
  const first = sharedStep(state, branchOf, fold);
  const decided = evolve(first.state, first.milestone);
  if (state.status !== 'preparing' || decided.status !== 'committing') return [first];
  const second = sharedStep(decided, branchOf, fold);
  return second.milestone.type === 'TransactionCommitted' ? [first, second] : [first];
}

/** The one status change of these steps: from the status before the first to the status after the last. */
export function moveOf<Q, R>([first, second]: SharedSteps<Q, R>): Move<Q, R> {
  const move = moveFor(first.state, first.milestone);
  return second ? { ...move, ...moveFor(second.state, second.milestone), from: move.from } : move;
}

/** The record after steps that were written at `at`. The caller need not read it again. */
export function steppedRecord<Q, R>(
  record: TransactionRecord<Q, R>,
  steps: SharedSteps<Q, R>,
  at: string,
): TransactionRecord<Q, R> {
  let after = record;
  for (const step of steps) {
    if (step) after = movedRecord(after, step.state, step.milestone, moveFor(step.state, step.milestone), at);
  }
  return after;
}

/** Asks the branches for their votes, paying branches first. Adds their promises to the statement only when all of them vote to commit. */
function prepare<Q, R>(
  start: Extract<Pending<Q, R>, { status: 'preparing' }>,
  branchOf: BranchOf<Q, R>,
  fold: Fold<Q, R>,
): SharedStepped<Q, R> {
  let state: TransactionState<Q, R> = start;
  for (;;) {
    const votes: BranchVote<R>[] = pendingWork(state).map(({ branch }) => ({
      branch,
      vote: branchOf(branch).vote(start.query),
    }));
    const command: TransactionCommand<Q, R> = { type: 'RecordVotes', votes };
    const decision: Decision<TransactionEvent<Q, R>, unknown> = decide<Q, R>(state, command);
    if (decision.kind === 'refused' || votes.length === 0)
      throw new Error('a transaction that prepares has no branches');
    for (const event of decision.events) {
      if (isMilestone(event)) {
        if (event.type !== 'AbortDecided') for (const branch of start.branches) branchOf(branch).addTo(fold);
        return { state, milestone: event };
      }
      state = evolve(state, event);
    }
  }
}

/** Applies the decision to all branches in one statement. That statement is therefore also the end. */
function finish<Q, R>(
  start: Exclude<Pending<Q, R>, { status: 'preparing' }>,
  branchOf: BranchOf<Q, R>,
  fold: Fold<Q, R>,
): SharedStepped<Q, R> {
  const call = start.status === 'committing' ? 'commit' : 'abort';
  const calls = pendingWork(start);
  const errors: BranchError[] = [];
  for (const { branch } of calls) {
    const message = branchOf(branch).problemOf(call, start.query);
    if (message !== undefined) errors.push({ branch, message });
  }
  if (errors.length > 0) return { state: start, milestone: { type: 'TransactionFailed', errors } };
  for (const { branch } of calls) branchOf(branch).addTo(fold);
  return { state: start, milestone: { type: call === 'commit' ? 'TransactionCommitted' : 'TransactionAborted' } };
}

import type { TransactionState } from '../../domain/transaction/state';
import type { Move } from '../journal/entries';
import { type Milestone, movedRecord, moveFor } from './milestone';
import type { TransactionRecord } from './record';

/** The result of a step: the milestone, and the state before it with the votes or confirmations that led to it. */
export interface SharedStepped<Q, R> {
  readonly state: TransactionState<Q, R>;
  readonly milestone: Milestone<Q, R>;
}

/** The steps that one statement takes: one, or a decision to commit and the end. */
export type SharedSteps<Q, R> = readonly [first: SharedStepped<Q, R>, second?: SharedStepped<Q, R>];

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

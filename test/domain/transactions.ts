import * as fc from 'fast-check';
import { decide, type TransactionCommand } from '../../src/domain/transaction/decide';
import type { TransactionEvent } from '../../src/domain/transaction/events';
import { evolve } from '../../src/domain/transaction/evolve';
import type { Preparing, TransactionState } from '../../src/domain/transaction/state';

export type Query = { readonly asks: string };
export type Refusal = { readonly why: string };
export type State = TransactionState<Query, Refusal>;
export type Command = TransactionCommand<Query, Refusal>;
export type Event = TransactionEvent<Query, Refusal>;

export const preparing = (
  branches: readonly string[],
  { askedFirst = branches.length, isTwoStep = false } = {},
): Preparing<Query, Refusal> => ({
  status: 'preparing',
  id: 'transaction',
  query: { asks: 'anything' },
  branches,
  askedFirst,
  isTwoStep,
  votes: new Map(),
});

export const voteCommit = (...branches: readonly string[]): Command => ({
  type: 'RecordVotes',
  votes: branches.map((branch) => ({ branch, vote: { kind: 'commit' } })),
});
export const voteAbort = (branch: string, why = 'no'): Command => ({
  type: 'RecordVotes',
  votes: [{ branch, vote: { kind: 'abort', reason: { why } } }],
});
export const confirm = (branch: string): Command => ({ type: 'ConfirmBranch', branch });
export const timeout: Command = { type: 'Abort', reason: { kind: 'timeout' } };
export const failure: Command = { type: 'Fail', errors: [{ branch: 'a', message: 'broken' }] };
export const capture: Command = { type: 'Capture', query: { asks: 'less' } };
export const voided: Command = { type: 'Void', reason: { kind: 'voided' } };
export const expired: Command = { type: 'Void', reason: { kind: 'expired' } };

/** The events of a command, none when it is refused. */
export function eventsOf(state: State, command: Command): readonly Event[] {
  const decision = decide(state, command);
  return decision.kind === 'accepted' ? decision.events : [];
}

export function tell(state: State, ...commands: readonly Command[]): State {
  return commands.reduce((before, command) => eventsOf(before, command).reduce(evolve<Query, Refusal>, before), state);
}

export const BRANCHES = ['a', 'b', 'c'];

/** A transaction as it begins: one step or two, any number of its branches asked first. */
export const starts: fc.Arbitrary<State> = fc
  .record({ count: fc.integer({ min: 1, max: 3 }), first: fc.integer({ min: 1, max: 3 }), isTwoStep: fc.boolean() })
  .map(({ count, first, isTwoStep }) =>
    preparing(BRANCHES.slice(0, count), { askedFirst: Math.min(first, count), isTwoStep }),
  );

/** Every command that may come at any time; `x` is no branch of the transaction. */
export const commands: fc.Arbitrary<Command[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.subarray([...BRANCHES, 'x'], { minLength: 1 }).map((branches): Command => voteCommit(...branches)),
    },
    { weight: 1, arbitrary: fc.constantFrom(...BRANCHES, 'x').map((branch) => voteAbort(branch)) },
    { weight: 4, arbitrary: fc.constantFrom(...BRANCHES, 'x').map(confirm) },
    { weight: 2, arbitrary: fc.constantFrom<Command>(capture, voided, expired) },
    {
      weight: 1,
      arbitrary: fc.constantFrom<Command>(
        timeout,
        failure,
        { type: 'Abort', reason: { kind: 'client', reason: 'changed my mind' } },
        { type: 'Resume' },
      ),
    },
  ),
  { maxLength: 40 },
);

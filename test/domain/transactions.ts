import * as fc from 'fast-check';
import { decide, type TransactionCommand } from '../../src/domain/transaction/decide';
import type { TransactionEvent } from '../../src/domain/transaction/events';
import { evolve } from '../../src/domain/transaction/evolve';
import type { Preparing, TransactionState } from '../../src/domain/transaction/state';

export type Query = { readonly asks: string };
export type Refusal = { readonly why: string };
export type State = TransactionState<Query, Refusal>;
export type Command = TransactionCommand<Refusal>;
export type Event = TransactionEvent<Refusal>;

export const preparing = (branches: readonly string[]): Preparing<Query, Refusal> => ({
  status: 'preparing',
  id: 'transaction',
  query: { asks: 'anything' },
  branches,
  votes: new Map(),
});

export const voteCommit = (branch: string): Command => ({ type: 'RecordVote', branch, vote: { kind: 'commit' } });
export const voteAbort = (branch: string, why = 'no'): Command => ({
  type: 'RecordVote',
  branch,
  vote: { kind: 'abort', reason: { why } },
});
export const confirm = (branch: string): Command => ({ type: 'ConfirmBranch', branch });
export const timeout: Command = { type: 'Abort', reason: { kind: 'timeout' } };
export const failure: Command = { type: 'Fail', errors: [{ branch: 'a', message: 'broken' }] };

/** The events of a command, none when it is refused. */
export function eventsOf(state: State, command: Command): readonly Event[] {
  const decision = decide(state, command);
  return decision.kind === 'accepted' ? decision.events : [];
}

export function tell(state: State, ...commands: readonly Command[]): State {
  return commands.reduce((before, command) => eventsOf(before, command).reduce(evolve<Query, Refusal>, before), state);
}

export const BRANCHES = ['a', 'b', 'c'];

/** Anything anybody may send at any time; `x` is no branch of the transaction. */
export const commands: fc.Arbitrary<Command[]> = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...BRANCHES, 'x').map(voteCommit) },
    { weight: 1, arbitrary: fc.constantFrom(...BRANCHES, 'x').map((branch) => voteAbort(branch)) },
    { weight: 4, arbitrary: fc.constantFrom(...BRANCHES, 'x').map(confirm) },
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

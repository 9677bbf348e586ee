import * as fc from 'fast-check';
import { evolve } from '../../src/domain/transaction/evolve';
import { pendingWork } from '../../src/domain/transaction/pendingWork';
import {
  BRANCHES,
  type Command,
  commands,
  type Event,
  eventsOf,
  preparing,
  type Query,
  type Refusal,
  type State,
  tell,
  voteAbort,
} from './transactions';

/** Every state on the way, the first one included. */
function* states(script: readonly Command[]): Generator<State> {
  let state: State = preparing(BRANCHES);
  yield state;
  for (const command of script) {
    state = tell(state, command);
    yield state;
  }
}

const decisionOf = (state: State): 'commit' | 'abort' | undefined => {
  switch (state.status) {
    case 'preparing':
      return undefined;
    case 'committing':
    case 'committed':
      return 'commit';
    case 'aborting':
    case 'aborted':
      return 'abort';
    case 'failed':
      return decisionOf(state.interrupted);
  }
};

/** What a store keeps of a transaction: votes and confirmations are forgotten when the process dies. */
const isStored = (event: Event) => event.type !== 'VoteRecorded' && event.type !== 'BranchConfirmed';

describe('whatever a transaction is told, in whatever order', () => {
  test('its decision never changes', () => {
    fc.assert(
      fc.property(commands, (script) => {
        let decided: string | undefined;
        for (const state of states(script)) {
          if (decided) expect(decisionOf(state)).toBe(decided);
          decided = decisionOf(state);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('committed and aborted never change, and owe nothing', () => {
    fc.assert(
      fc.property(commands, commands, (script, later) => {
        const end = [...states(script)].at(-1);
        fc.pre(end?.status === 'committed' || end?.status === 'aborted');
        expect(tell(end as State, ...later)).toEqual(end);
        expect(pendingWork(end as State)).toEqual([]);
      }),
      { numRuns: 200, maxSkipsPerRun: 1000 },
    );
  });

  test('it commits only after every branch voted for it', () => {
    fc.assert(
      fc.property(commands, (script) => {
        let voted = new Set<string>();
        let state: State = preparing(BRANCHES);
        for (const command of script) {
          for (const event of eventsOf(state, command)) {
            if (event.type === 'VoteRecorded' && event.vote.kind === 'commit') voted.add(event.branch);
            // A resumed transaction asks everybody again: what was answered before is not stored.
            if (event.type === 'TransactionResumed') voted = new Set();
            if (event.type === 'CommitDecided') expect(voted).toEqual(new Set(BRANCHES));
            state = evolve<Query, Refusal>(state, event);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  test('one vote to abort of a branch that has not voted decides, whoever has voted before', () => {
    fc.assert(
      fc.property(commands, fc.constantFrom(...BRANCHES), (script, branch) => {
        for (const state of states(script)) {
          if (state.status !== 'preparing' || state.votes.has(branch)) continue;
          expect(tell(state, voteAbort(branch)).status).toBe('aborting');
        }
      }),
    );
  });

  test('a command that comes twice changes nothing the second time', () => {
    fc.assert(
      fc.property(commands, (script) => {
        for (const [index, state] of [...states(script)].entries()) {
          const command = script[index - 1];
          if (command) expect(tell(state, command)).toEqual(state);
        }
      }),
    );
  });

  test('what it owes after a crash is what its stored state owes: recovery is the same call', () => {
    fc.assert(
      fc.property(commands, (script) => {
        let live: State = preparing(BRANCHES);
        let stored: State = live;
        for (const command of script) {
          for (const event of eventsOf(live, command)) {
            live = evolve<Query, Refusal>(live, event);
            if (isStored(event)) stored = evolve<Query, Refusal>(stored, event);
          }
          expect(stored.status).toBe(live.status);
          expect(decisionOf(stored)).toBe(decisionOf(live));
          // What is still owed in memory is owed after the crash too; what was answered is asked again.
          expect(pendingWork(stored)).toEqual(expect.arrayContaining([...pendingWork(live)]));
          const everyBranch = stored.status.endsWith('ing') ? BRANCHES : [];
          expect(pendingWork(stored).map(({ branch }) => branch)).toEqual(everyBranch);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('it never calls a branch that has answered, and calls for one purpose at a time', () => {
    fc.assert(
      fc.property(commands, (script) => {
        for (const state of states(script)) {
          const calls = pendingWork(state);
          expect(new Set(calls.map(({ type }) => type)).size).toBeLessThanOrEqual(1);
          const answered =
            'votes' in state ? [...state.votes.keys()] : 'confirmed' in state ? [...state.confirmed] : [];
          for (const { branch } of calls) expect(answered).not.toContain(branch);
        }
      }),
    );
  });
});

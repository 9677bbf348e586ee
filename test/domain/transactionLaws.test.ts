import * as fc from 'fast-check';
import { evolve } from '../../src/domain/transaction/evolve';
import { pendingWork } from '../../src/domain/transaction/pendingWork';
import {
  type Command,
  commands,
  type Event,
  eventsOf,
  type Query,
  type Refusal,
  type State,
  starts,
  tell,
  voteAbort,
} from './transactions';

/** Every state on the way, the first one included. */
function* states(start: State, script: readonly Command[]): Generator<State> {
  let state = start;
  yield state;
  for (const command of script) {
    state = tell(state, command);
    yield state;
  }
}

const decisionOf = (state: State): 'commit' | 'abort' | undefined => {
  switch (state.status) {
    case 'preparing':
    case 'authorized':
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

/** Who would be asked by a driver that knows only what is stored. */
const askedAtFirst = ({ status, branches, askedFirst }: State): readonly string[] => {
  if (status === 'preparing') return branches.slice(0, askedFirst);
  return status === 'committing' || status === 'aborting' ? branches : [];
};

describe('whatever a transaction is told, in whatever order', () => {
  test('its decision never changes', () => {
    fc.assert(
      fc.property(starts, commands, (start, script) => {
        let decided: string | undefined;
        for (const state of states(start, script)) {
          if (decided) expect(decisionOf(state)).toBe(decided);
          decided = decisionOf(state);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('committed and aborted never change, and owe nothing', () => {
    fc.assert(
      fc.property(starts, commands, commands, (start, script, later) => {
        const end = [...states(start, script)].at(-1) ?? start;
        fc.pre(end.status === 'committed' || end.status === 'aborted');
        expect(tell(end, ...later)).toEqual(end);
        expect(pendingWork(end)).toEqual([]);
      }),
      { numRuns: 200, maxSkipsPerRun: 1000 },
    );
  });

  test('it commits, or is authorized, only after every branch voted for it; in two steps only when it is captured', () => {
    fc.assert(
      fc.property(starts, commands, (start, script) => {
        let voted = new Set<string>();
        let state = start;
        for (const command of script) {
          for (const event of eventsOf(state, command)) {
            if (event.type === 'VoteRecorded' && event.vote.kind === 'commit') voted.add(event.branch);
            // A resumed transaction asks every branch again: what was answered before is not stored.
            if (event.type === 'TransactionResumed' && decisionOf(state) === undefined) voted = new Set();
            if (event.type === 'CommitDecided' || event.type === 'Authorized') {
              expect(voted).toEqual(new Set(start.branches));
              expect(event.type === 'CommitDecided' && start.isTwoStep).toBe(state.status === 'authorized');
            }
            state = evolve<Query, Refusal>(state, event);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  test('one vote to abort of a branch that has not voted decides, whichever have voted before', () => {
    fc.assert(
      fc.property(starts, commands, fc.nat(2), (start, script, index) => {
        const branch = start.branches[index % start.branches.length] ?? '';
        for (const state of states(start, script)) {
          if (state.status !== 'preparing' || state.votes.has(branch)) continue;
          expect(tell(state, voteAbort(branch)).status).toBe('aborting');
        }
      }),
    );
  });

  test('no branch is asked to prepare before those that are asked first have all voted to commit', () => {
    fc.assert(
      fc.property(starts, commands, (start, script) => {
        const first = start.branches.slice(0, start.askedFirst);
        for (const state of states(start, script)) {
          if (state.status !== 'preparing') continue;
          const asked = pendingWork(state).map(({ branch }) => branch);
          if (asked.every((branch) => first.includes(branch))) continue;
          for (const branch of first) expect(state.votes.get(branch)).toEqual({ kind: 'commit' });
        }
      }),
      { numRuns: 300 },
    );
  });

  test('a command that comes twice changes nothing the second time', () => {
    fc.assert(
      fc.property(starts, commands, (start, script) => {
        for (const [index, state] of [...states(start, script)].entries()) {
          const command = script[index - 1];
          if (command) expect(tell(state, command)).toEqual(state);
        }
      }),
    );
  });

  test('what it owes after a crash is what its stored state owes: recovery is the same call', () => {
    fc.assert(
      fc.property(starts, commands, (start, script) => {
        let live = start;
        let stored = start;
        for (const command of script) {
          for (const event of eventsOf(live, command)) {
            live = evolve<Query, Refusal>(live, event);
            if (isStored(event)) stored = evolve<Query, Refusal>(stored, event);
          }
          expect(stored.status).toBe(live.status);
          expect(decisionOf(stored)).toBe(decisionOf(live));
          expect(pendingWork(stored).map(({ branch }) => branch)).toEqual(askedAtFirst(stored));
          // What is owed after the decision in memory is owed after the crash too; what was answered is asked again.
          if (live.status !== 'preparing') {
            expect(pendingWork(stored)).toEqual(expect.arrayContaining([...pendingWork(live)]));
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  test('it never calls a branch that has answered, and calls for one purpose at a time', () => {
    fc.assert(
      fc.property(starts, commands, (start, script) => {
        for (const state of states(start, script)) {
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

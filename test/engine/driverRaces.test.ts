import * as fc from 'fast-check';
import { settled } from '../support/memoryGate';
import { DriverHarness, ID, type ScriptedBranch } from './driverHarness';

const OUTCOMES = { committed: ['committed', 'committed'], aborted: ['aborted', 'aborted'] };

/** Every effect of branches and store waits for its turn, before it happens and before it is heard of. */
function scheduled(s: fc.Scheduler, harness: DriverHarness): void {
  const turn = (label: string) => s.schedule(Promise.resolve(), label);
  harness.store.before = ({ kind }) => turn(`before ${kind}`);
  harness.store.after = ({ kind }) => turn(`after ${kind}`);
  for (const [name, branch] of [
    ['a', harness.a],
    ['b', harness.b],
  ] as const) {
    branch.onPrepare = () => turn(`prepare ${name}`);
    branch.onCommit = () => turn(`commit ${name}`);
    branch.onAbort = () => turn(`abort ${name}`);
  }
}

function expectOneOutcome(harness: DriverHarness): void {
  const { status } = harness.record().state;
  if (status !== 'committed' && status !== 'aborted') throw new Error(`not final: ${status}`);
  expect(harness.branchStates()).toEqual(OUTCOMES[status]);
  const decisions = harness.store.moves.filter(({ from }) => from === 'preparing');
  expect(decisions).toHaveLength(1);
}

describe('drivers of one transaction at once', () => {
  test('reach one outcome, in any interleaving, with a client that aborts', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.nat(2), fc.boolean(), async (s, others, aborts) => {
        const harness = new DriverHarness();
        const start = await harness.create();
        scheduled(s, harness);
        const abort = async (): Promise<void> => {
          await s.schedule(Promise.resolve(), 'client aborts');
          await harness.store.move({ id: ID, from: 'preparing', to: 'aborting', reason: { kind: 'client' } });
        };
        const drives = Array.from({ length: 1 + others }, async () => {
          await s.schedule(Promise.resolve(), 'driver starts');
          return harness.drive(start);
        });
        const driven = s.waitFor(Promise.all(drives));
        const aborted = aborts ? abort() : Promise.resolve();
        const results = await driven;
        await s.waitFor(aborted);
        await s.waitIdle();
        expectOneOutcome(harness);
        const { status } = harness.record().state;
        for (const { record } of results) expect(record.state.status).toBe(status);
      }),
      { numRuns: 500 },
    );
  });

  test('reach one outcome when a branch votes to abort and when calls fail', async () => {
    const votes = fc.array(fc.constantFrom('table', 'retry', 'error', 'abort'), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), votes, votes, async (s, forA, forB) => {
        const harness = new DriverHarness();
        const start = await harness.create();
        scheduled(s, harness);
        harness.clock.sleep = async () => {
          await s.schedule(Promise.resolve(), 'sleep');
        };
        script(harness.a, forA);
        script(harness.b, forB);
        await s.waitFor(Promise.all([harness.drive(start), harness.drive(start)]));
        // Drivers that gave up are followed by another one, as the jobs see to.
        await s.waitFor(harness.driver(100).drive(harness.record()));
        await s.waitIdle();
        expectOneOutcome(harness);
      }),
      { numRuns: 300 },
    );
  });

  test('a driver that died anywhere is followed by one that brings the transaction to the same end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.nat(20), async (s, survives) => {
        const harness = new DriverHarness();
        const start = await harness.create();
        scheduled(s, harness);
        // The dead one's calls are never heard of again, those that are under way may still take effect.
        void harness.drive(start);
        for (let turn = 0; turn < survives && s.count() > 0; turn += 1) await s.waitNext(1);
        const decided = harness.record().state.status;
        const driven = await s.waitFor(harness.drive());
        await s.waitIdle();
        expectOneOutcome(harness);
        if (decided === 'committing') expect(driven.record.state.status).toBe('committed');
      }),
      { numRuns: 300 },
    );
  });
});

test('a late prepare of a driver that was paused meets the tombstone', async () => {
  const harness = new DriverHarness();
  const start = await harness.create();
  let wake: () => void = () => undefined;
  const paused = new Promise<void>((resolve) => {
    wake = resolve;
  });
  harness.b.onPrepare = () => (harness.b.calls.length === 1 ? paused : Promise.resolve());
  const late = harness.drive(start);
  await settled();
  await harness.store.move({ id: ID, from: 'preparing', to: 'aborting', reason: { kind: 'client' } });
  await harness.drive();
  expect(harness.branchStates()).toEqual(['aborted', 'aborted']);
  wake();
  await expect(late).resolves.toMatchObject({ record: { state: { status: 'aborted', reason: { kind: 'client' } } } });
  expect(harness.branchStates()).toEqual(['aborted', 'aborted']);
});

function script(branch: ScriptedBranch, votes: readonly string[]): void {
  branch.votes = votes.flatMap((vote): ScriptedBranch['votes'] => {
    switch (vote) {
      case 'retry':
        return [{ kind: 'retry' }];
      case 'error':
        return [new Error('lost')];
      case 'abort':
        return [{ kind: 'abort', reason: 'no' }];
      default:
        return [];
    }
  });
}

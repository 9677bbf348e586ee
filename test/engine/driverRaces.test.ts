import * as fc from 'fast-check';
import { runReady } from '../support/memoryGate';
import { ID, type ScriptedBranch, ScriptedProcess, type World } from './scripted';

const OUTCOMES = { committed: ['committed', 'committed'], aborted: ['aborted', 'aborted'] };

/** Schedules every effect of branches and stores, before it happens and before its caller learns of it. */
function scheduled(s: fc.Scheduler, world: World, processes: readonly ScriptedProcess[]): void {
  const turn = (label: string) => s.schedule(Promise.resolve(), label);
  const before = ({ kind }: { readonly kind: string }) => turn(`before ${kind}`);
  const after = ({ kind }: { readonly kind: string }) => turn(`after ${kind}`);
  for (const { journal, transactions } of processes) {
    Object.assign(journal, { before, after });
    Object.assign(transactions, { before, after });
  }
  for (const name of ['a', 'b'] as const) {
    const branch = world[name];
    branch.onPrepare = () => turn(`prepare ${name}`);
    branch.onCommit = () => turn(`commit ${name}`);
    branch.onAbort = () => turn(`abort ${name}`);
  }
}

async function race(s: fc.Scheduler, count: number) {
  const first = new ScriptedProcess();
  const { world } = first;
  const start = await first.stored();
  const processes = [first, ...Array.from({ length: count - 1 }, () => new ScriptedProcess(world))];
  scheduled(s, world, processes);
  return { world, start, processes, first };
}

function expectOneOutcome(world: World): void {
  const { status } = world.record().state;
  if (status !== 'committed' && status !== 'aborted') throw new Error(`not final: ${status}`);
  expect(world.branchStates()).toEqual(OUTCOMES[status]);
  expect(world.history()).toEqual(['preparing', status === 'committed' ? 'committing' : 'aborting', status]);
}

describe('drivers of one transaction at once, in one process or in several', () => {
  test('reach one outcome, in any interleaving, with a client that aborts', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.integer({ min: 1, max: 3 }), fc.boolean(), async (s, count, aborts) => {
        const { world, start, processes, first } = await race(s, count);
        const transaction = await s.waitFor(first.coordinator.get(ID));
        const abort = async () => {
          await s.schedule(Promise.resolve(), 'client aborts');
          return transaction?.abort();
        };
        // The first process drives twice, so two units of one transaction may be in one statement.
        const drives = [first, ...processes].map(async (process) => {
          await s.schedule(Promise.resolve(), 'driver starts');
          return process.drive(start);
        });
        const aborted = aborts ? abort() : Promise.resolve(undefined);
        const [results, answer] = await s.waitFor(Promise.all([Promise.all(drives), aborted]));
        await s.waitIdle();
        expectOneOutcome(world);
        const { status } = world.record().state;
        for (const { record } of results) expect(record.state.status).toBe(status);
        if (answer) expect(answer.kind).toBe(status === 'aborted' ? 'aborting' : 'too-late-to-abort');
      }),
      { numRuns: 200 },
    );
  });

  test('reach one outcome when a branch votes to abort and when calls fail', async () => {
    const votes = fc.array(fc.constantFrom('table', 'retry', 'error', 'abort'), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), votes, votes, async (s, forA, forB) => {
        const { world, start, processes } = await race(s, 2);
        world.clock.sleep = async () => {
          await s.schedule(Promise.resolve(), 'sleep');
        };
        world.a.votes = script(forA);
        world.b.votes = script(forB);
        await s.waitFor(Promise.all(processes.map((process) => process.drive(start))));
        // Another driver follows drivers that gave up, as jobs ensure.
        const patient = new ScriptedProcess(world, { attemptsMax: 100 });
        await s.waitFor(patient.drive());
        await s.waitIdle();
        expectOneOutcome(world);
      }),
      { numRuns: 150 },
    );
  });

  test('that died anywhere are followed by one that brings the transaction to the same end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.nat(20), async (s, survives) => {
        const { world, start, first } = await race(s, 1);
        const next = new ScriptedProcess(world);
        scheduled(s, world, [first, next]);
        // The dead process's calls never return; those in flight may still take effect.
        void first.drive(start);
        for (let turn = 0; turn < survives && s.count() > 0; turn += 1) await s.waitNext(1);
        const decided = world.record().state.status;
        const driven = await s.waitFor(next.drive());
        await s.waitIdle();
        expectOneOutcome(world);
        if (decided === 'committing') expect(driven.record.state.status).toBe('committed');
      }),
      { numRuns: 150 },
    );
  });
});

test('a late prepare of a driver that was paused meets the tombstone', async () => {
  const process = new ScriptedProcess();
  const { world } = process;
  const start = await process.stored();
  let wake: () => void = () => undefined;
  const paused = new Promise<void>((resolve) => {
    wake = resolve;
  });
  world.b.onPrepare = () => (world.b.calls.length === 1 ? paused : Promise.resolve());
  const late = process.drive(start);
  await runReady();
  const transaction = await process.coordinator.get(ID);
  await transaction?.abort();
  await new ScriptedProcess(world).drive();
  expect(world.branchStates()).toEqual(['aborted', 'aborted']);
  wake();
  await expect(late).resolves.toMatchObject({ record: { state: { status: 'aborted', reason: { kind: 'client' } } } });
  expect(world.branchStates()).toEqual(['aborted', 'aborted']);
});

function script(votes: readonly string[]): ScriptedBranch['votes'] {
  return votes.flatMap((vote): ScriptedBranch['votes'] => {
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

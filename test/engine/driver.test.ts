import { TerminalError } from '../../src/engine/faults';
import { Gate, runReady } from '../support/memoryGate';
import { ScriptedProcess } from './scripted';

async function harness(timeoutMs = 10_000, options: { askedFirst?: number; branches?: readonly string[] } = {}) {
  const process = new ScriptedProcess();
  await process.stored({ timeoutMs, ...options });
  const { world } = process;
  return { process, world, a: world.a, b: world.b, c: world.c };
}

const ended = (status: string, reason?: object) => ({
  kind: 'at-rest',
  record: { state: { status, ...(reason && { reason }) } },
});

describe('a driver', () => {
  test('prepares all branches in parallel, decides, commits all in parallel, finishes', async () => {
    const { process, world } = await harness();
    const prepares = new Gate();
    const commits = new Gate();
    for (const branch of [world.a, world.b]) {
      branch.onPrepare = () => prepares.pass();
      branch.onCommit = () => commits.pass();
    }
    const driven = process.drive();
    await runReady();
    expect(prepares.size).toBe(2);
    prepares.open();
    await runReady();
    expect(commits.size).toBe(2);
    expect(world.record().state.status).toBe('committing');
    commits.open();
    await expect(driven).resolves.toMatchObject(ended('committed'));
    expect(world.history()).toEqual(['preparing', 'committing', 'committed']);
    expect(world.branchStates()).toEqual(['committed', 'committed']);
  });

  test('asks those that pay first, and the others only when each of them has voted to commit', async () => {
    const { process, a, b, c } = await harness(10_000, { branches: ['a', 'b', 'c'], askedFirst: 2 });
    const prepares = new Gate();
    b.onPrepare = () => prepares.pass();
    const driven = process.drive();
    await runReady();
    expect([a.calls, b.calls, c.calls]).toEqual([['prepare'], ['prepare'], []]);
    prepares.open();
    await expect(driven).resolves.toMatchObject(ended('committed'));
    expect(c.calls).toEqual(['prepare', 'commit']);
  });

  test('asks nothing of those that receive when one that pays refuses; they hear the abort', async () => {
    const { process, a, b, c } = await harness(10_000, { branches: ['a', 'b', 'c'], askedFirst: 2 });
    a.votes = [{ kind: 'abort', reason: 'no funds' }];
    await expect(process.drive()).resolves.toMatchObject(ended('aborted'));
    expect([b.state, c.calls]).toEqual(['aborted', ['abort']]);
  });

  test('asks nothing of those that receive when the last one that pays to answer refuses', async () => {
    const { process, a, b, c } = await harness(10_000, { branches: ['a', 'b', 'c'], askedFirst: 1 });
    a.votes = [{ kind: 'abort', reason: 'no funds' }];
    await expect(process.drive()).resolves.toMatchObject(ended('aborted'));
    await runReady();
    expect([b.calls, c.calls]).toEqual([['abort'], ['abort']]);
  });

  test('lets no branch hear commit before the decision is durable', async () => {
    const { process, a } = await harness();
    const decision = new Gate();
    process.journal.before = ({ kind }) => (kind === 'append' ? decision.pass() : Promise.resolve());
    const driven = process.drive();
    await runReady();
    expect(a.calls).toEqual(['prepare']);
    decision.open();
    await driven;
    expect(a.calls).toEqual(['prepare', 'commit']);
  });

  test('one vote to abort decides without waiting for the other votes', async () => {
    const { process, a, b, world } = await harness();
    const never = new Gate();
    a.onPrepare = () => never.pass();
    b.votes = [{ kind: 'abort', reason: 'no funds' }];
    const reason = { kind: 'branches', reasons: [{ branch: 'b', reason: 'no funds' }] };
    await expect(process.drive()).resolves.toMatchObject(ended('aborted', reason));
    never.open();
    await runReady();
    // The prepare of `a` arrived after its abort, so the tombstone refuses it.
    expect(world.branchStates()).toEqual(['aborted', 'aborted']);
  });

  test('tells the votes and the confirmations in the history', async () => {
    const { process, world } = await harness();
    await process.drive();
    const votes = ['a', 'b'].map((branch) => ({ branch, vote: 'commit' }));
    expect(world.record().history).toMatchObject([
      { status: 'preparing' },
      { status: 'committing', votes },
      { status: 'committed', confirmed: ['a', 'b'] },
    ]);
  });

  test('what a driver returns is what is stored', async () => {
    const { process, world } = await harness();
    const { record } = await process.drive();
    const { remainingMs: _hint, progress: _branchesElsewhere, ...stored } = world.record();
    expect(record).toMatchObject(stored);
  });

  test('asks a branch that votes retry again, as often as it likes, backing off', async () => {
    const { process, a, world } = await harness();
    a.votes = Array.from({ length: 9 }, () => ({ kind: 'retry' }));
    await expect(process.drive()).resolves.toMatchObject(ended('committed'));
    expect(a.calls.filter((call) => call === 'prepare')).toHaveLength(10);
    // Full jitter at 0.5: half of 10 * 2^n, at most half of 1000.
    expect(world.clock.sleeps).toEqual([5, 10, 20, 40, 80, 160, 320, 500, 500]);
  });

  test('repeats a call whose answer was lost', async () => {
    const { process, b } = await harness();
    let lost = 2;
    b.onCommit = async () => {
      b.state = 'committed';
      lost -= 1;
      if (lost >= 0) throw new Error('connection reset');
    };
    await expect(process.drive()).resolves.toMatchObject(ended('committed'));
    expect(b.calls).toEqual(['prepare', 'commit', 'commit', 'commit']);
  });

  test('gives up after its attempts and leaves the rest to a later driver', async () => {
    const { process, b, world } = await harness();
    b.onCommit = () => Promise.reject(new Error('away'));
    await expect(process.drive()).resolves.toMatchObject({ kind: 'unfinished', error: new Error('away') });
    expect(world.record().state.status).toBe('committing');
    expect(world.branchStates()).toEqual(['committed', 'prepared']);
    b.onCommit = () => Promise.resolve();
    await expect(process.drive()).resolves.toMatchObject(ended('committed'));
  });

  test('a thrown error is never a vote', async () => {
    const { process, a, world } = await harness();
    a.votes = [new Error('1'), new Error('2'), new Error('3')];
    await expect(process.drive()).resolves.toMatchObject({ kind: 'unfinished' });
    expect(world.record().state.status).toBe('preparing');
  });

  test('gives a transaction up whose row is locked by another session, and stops asking', async () => {
    const { process, world } = await harness();
    process.journal.instead = ({ moves }) =>
      moves.length > 0 ? { kind: 'written', at: new Date(0).toISOString(), moved: new Set() } : undefined;
    await expect(process.drive()).resolves.toMatchObject({
      kind: 'unfinished',
      error: { message: 'its row is locked by another session' },
    });
    process.journal.instead = () => undefined;
    await expect(process.drive()).resolves.toMatchObject(ended('committed'));
    expect(world.branchStates()).toEqual(['committed', 'committed']);
  });
});

describe('a terminal error of a branch', () => {
  test('makes the transaction failed at once, without a retry, and keeps the holds visible', async () => {
    const { process, b, world } = await harness();
    b.votes = [new TerminalError('broken')];
    await expect(process.drive()).resolves.toMatchObject({
      kind: 'at-rest',
      record: { state: { status: 'failed', errors: [{ branch: 'b', message: 'broken' }] } },
    });
    expect(b.calls).toEqual(['prepare']);
    expect(world.branchStates()).toEqual(['prepared', 'none']);
  });

  test('tells the errors of all branches', async () => {
    const { process, a, b, world } = await harness();
    a.onCommit = async () => {
      await runReady();
      throw new TerminalError('broken a');
    };
    b.onCommit = () => Promise.reject(new TerminalError('broken b'));
    await process.drive();
    expect(world.record().state).toMatchObject({
      status: 'failed',
      errors: [
        { branch: 'b', message: 'broken b' },
        { branch: 'a', message: 'broken a' },
      ],
      interrupted: { status: 'committing' },
    });
  });

  test('does not outvote an abort: what can still be decided is decided', async () => {
    const { process, a, b } = await harness();
    a.votes = [new TerminalError('broken')];
    b.onPrepare = runReady;
    b.votes = [{ kind: 'abort', reason: 'no' }];
    await expect(process.drive()).resolves.toMatchObject(ended('aborted'));
  });
});

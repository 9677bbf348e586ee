import { Gate, runReady, watch } from '../support/memoryGate';
import { ScriptedProcess } from './scripted';

const timedOut = { kind: 'at-rest', record: { state: { status: 'aborted', reason: { kind: 'timeout' } } } };
const committed = { record: { state: { status: 'committed' } } };

async function harness(timeoutMs: number, options: { expiresInMs?: number } = {}) {
  const process = new ScriptedProcess();
  const record = await process.stored({ timeoutMs, ...options });
  const { world } = process;
  return { process, record, world, a: world.a, b: world.b, clock: world.clock };
}

describe('the deadline', () => {
  test('aborts when the votes do not come, and releases what was held', async () => {
    const { process, b, clock, world } = await harness(20);
    const never = new Gate();
    b.onPrepare = () => never.pass();
    const driven = process.drive();
    const answer = watch(driven);
    await runReady();
    expect(answer.state()).toBe('pending');
    clock.nowMs = 20;
    await expect(driven).resolves.toMatchObject(timedOut);
    never.open();
    await runReady();
    expect(world.branchStates()).toEqual(['aborted', 'aborted']);
  });

  test('aborts what a branch wants to be asked again and again', async () => {
    const { process, a, clock, world } = await harness(50);
    a.onPrepare = async () => {
      a.votes = [{ kind: 'retry' }];
      clock.nowMs += 1;
    };
    await expect(process.drive()).resolves.toMatchObject(timedOut);
    expect(world.branchStates()).toEqual(['aborted', 'aborted']);
  });

  test('refuses a decision to commit that comes after it', async () => {
    const { process, b, clock, world } = await harness(10_000);
    b.onPrepare = async () => {
      clock.nowMs = 10_000;
    };
    await expect(process.drive()).resolves.toMatchObject(timedOut);
    expect(world.history()).toEqual(['preparing', 'aborting', 'aborted']);
  });

  test('that has passed long ago is met at once: no branch is asked to prepare', async () => {
    const { process, a, clock } = await harness(100);
    clock.nowMs = 60_000;
    await expect(process.drive()).resolves.toMatchObject(timedOut);
    expect(a.calls).toEqual(['abort']);
  });

  test('that has passed leaves in the history who had voted by then', async () => {
    const { process, clock, world } = await harness(100);
    clock.nowMs = 60_000;
    await expect(process.drive({ ...world.record(), progress: ['prepared', 'none'] })).resolves.toMatchObject(timedOut);
    expect(world.record().history).toMatchObject([
      { status: 'preparing' },
      { status: 'aborting', reason: { kind: 'timeout' }, votes: [{ branch: 'a', vote: 'commit' }] },
      { status: 'aborted' },
    ]);
  });

  test('does not touch what is decided: a commit goes on for as long as it takes', async () => {
    const { process, a, clock } = await harness(50);
    a.onCommit = async () => {
      clock.nowMs += 100_000;
    };
    await expect(process.drive()).resolves.toMatchObject(committed);
  });

  test('does not touch a transaction that an earlier driver left committing', async () => {
    const { process, a, clock } = await harness(50);
    a.onCommit = () => Promise.reject(new Error('away'));
    await process.drive();
    clock.nowMs = 100_000;
    a.onCommit = () => Promise.resolve();
    await expect(process.drive()).resolves.toMatchObject(committed);
  });

  test('by a clock of this process that runs ahead decides nothing: the store judges', async () => {
    const { process, record } = await harness(10_000);
    await expect(process.drive({ ...record, remainingMs: 0 })).resolves.toMatchObject(committed);
  });
});

describe('an authorization', () => {
  test('waits for its capture: a driver leaves it as it is', async () => {
    const { process, world } = await harness(10_000, { expiresInMs: 60_000 });
    await expect(process.drive()).resolves.toMatchObject({
      kind: 'at-rest',
      record: { state: { status: 'authorized' } },
    });
    expect(world.branchStates()).toEqual(['prepared', 'prepared']);
    await expect(process.drive()).resolves.toMatchObject({ kind: 'at-rest' });
    expect(world.history()).toEqual(['preparing', 'authorized']);
  });

  test('that has expired is found by the sweep and released', async () => {
    const { process, world, clock } = await harness(10_000, { expiresInMs: 60_000 });
    await process.drive();
    process.deliverWakeUps();
    clock.nowMs = 59_999;
    await expect(process.sweep()).resolves.toBe(0);
    clock.nowMs = 60_000;
    await expect(process.sweep()).resolves.toBe(1);
    expect(world.record().state).toMatchObject({ status: 'aborted', reason: { kind: 'expired' } });
    expect(world.branchStates()).toEqual(['aborted', 'aborted']);
  });

  test('that was captured in time is committed, whatever the clock of a driver says', async () => {
    const { process, world, clock } = await harness(10_000, { expiresInMs: 60_000 });
    const { record } = await process.drive();
    const query = { asks: 'less' };
    await process.journal.append({
      entries: [],
      read: [],
      created: [],
      keys: [],
      foreign: [],
      moves: [{ id: record.state.id, from: 'authorized', to: 'committing', guard: 'before-expiry', query }],
    });
    clock.nowMs = 60_000;
    await process.driver.drive({ ...record, remainingMs: 0 });
    expect(world.record().state).toMatchObject({ status: 'committed', query });
    expect(world.history()).toEqual(['preparing', 'authorized', 'committing', 'committed']);
  });
});

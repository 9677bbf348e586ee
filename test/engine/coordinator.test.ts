import { TerminalError, UnavailableError } from '../../src/engine/faults';
import { eventually } from '../kit/wait';
import { Gate, runReady } from '../support/memoryGate';
import { GRACE_MS, ID, ScriptedProcess } from './scripted';

const KEY = { scope: 's', key: 'k', fingerprint: 'f' };

describe('a coordinator', () => {
  test('creates: the record is durable before a driver is woken', async () => {
    const process = new ScriptedProcess(undefined, { patienceMs: 60_000 });
    const gate = new Gate();
    process.journal.after = () => gate.pass();
    const creating = process.create();
    await runReady();
    expect(process.wakeUps.drives).toEqual([]);
    gate.open();
    await creating;
    await runReady();
    expect(process.wakeUps.drives).toEqual([[ID]]);
    expect(process.world.a.calls).toEqual([]);
  });

  test('creates once for one key: the repetition finds the same transaction', async () => {
    const process = new ScriptedProcess();
    await process.create({ key: KEY });
    await expect(process.create({ key: KEY, id: 'another' })).resolves.toMatchObject({
      kind: 'replayed',
      transaction: { id: ID },
    });
    const other = { ...KEY, fingerprint: 'g' };
    await expect(process.create({ key: other, id: 'third' })).resolves.toEqual({ kind: 'key-reused' });
    await runReady();
    expect(process.wakeUps.drives).toEqual([[ID]]);
  });

  test('drives at once, without a job, where it is told to', async () => {
    const process = new ScriptedProcess(undefined, { drivesAtOnce: true });
    await process.create();
    await process.drives.drained();
    expect([process.world.history(), process.wakeUps.drives]).toEqual([['preparing', 'committing', 'committed'], []]);
  });

  test('in a process that does not lead wakes the one that does, and drives nothing', async () => {
    const process = new ScriptedProcess(undefined, { leads: false, drivesAtOnce: true });
    await process.created();
    await process.batcher.drained();
    expect(process.wakeUps.drives).toEqual([[ID]]);
    expect([process.world.a.calls, process.drives.load]).toEqual([[], 0]);
  });

  test.each([
    ['a job was sent and does not start in time', true],
    ['the queue is away', false],
  ])('that leads goes on in process when %s', async (_, reachable) => {
    const process = new ScriptedProcess();
    process.wakeUps.reachable = reachable;
    const transaction = await process.created();
    await expect(transaction.pollForFinalStatus({ timeoutMs: 20_000 })).resolves.toMatchObject({
      state: { status: 'committed' },
    });
    // The late job finds nothing left to do.
    await process.drives.drive([ID], { repeats: false });
    expect(process.world.a.calls).toEqual(['prepare', 'commit']);
    process.finals.stop();
  });

  test('reads nothing to drive what it has just written', async () => {
    const process = new ScriptedProcess();
    await process.create();
    await expect(process.drives.drive([ID], { repeats: false })).resolves.toMatchObject([{ kind: 'at-rest' }]);
    expect(process.transactions.calls).toEqual([]);
  });

  test('tells query, branches and status of a transaction', async () => {
    const process = new ScriptedProcess();
    const transaction = await process.created();
    expect(transaction.query()).toEqual({ asks: 'anything' });
    expect(transaction.branches()).toEqual(['a', 'b']);
    await expect(transaction.status()).resolves.toBe('preparing');
    await process.drives.drive([ID], { repeats: false });
    await expect(transaction.status()).resolves.toBe('committed');
    expect((await process.coordinator.get(ID))?.record.state.status).toBe('committed');
    await expect(process.coordinator.get('unknown')).resolves.toBeUndefined();
  });

  test('drives a transaction once at a time, however many wake-ups there are', async () => {
    const process = new ScriptedProcess();
    await process.created();
    await Promise.all([1, 2, 3].map(() => process.drives.drive([ID], { repeats: false })));
    expect(process.world.a.calls).toEqual(['prepare', 'commit']);
    expect(process.drives.load).toBe(0);
  });

  test('drives nothing that does not exist or is at rest', async () => {
    const process = new ScriptedProcess();
    await process.created();
    await process.drives.drive([ID], { repeats: false });
    const driven = await process.drives.drive([ID, 'unknown'], { repeats: false });
    expect(driven).toMatchObject([{ kind: 'at-rest', record: { state: { id: ID } } }]);
    expect(process.world.a.calls).toEqual(['prepare', 'commit']);
  });
});

describe('a client that aborts', () => {
  test('decides while the transaction is preparing, and a driver is woken for the branches', async () => {
    const process = new ScriptedProcess(undefined, { leads: false });
    const transaction = await process.created();
    await expect(transaction.abort('changed my mind')).resolves.toMatchObject({ kind: 'aborting' });
    expect(process.wakeUps.resumes).toEqual([{ id: ID, attempts: 0, delayMs: 0 }]);
    await process.drives.drive([ID], { repeats: false });
    const reason = { kind: 'client', reason: 'changed my mind' };
    expect((await transaction.read()).state).toMatchObject({ status: 'aborted', reason });
    await expect(transaction.abort()).resolves.toMatchObject({ kind: 'aborting' });
    expect(process.world.branchStates()).toEqual(['aborted', 'aborted']);
  });

  test('is too late once the decision to commit is taken', async () => {
    const process = new ScriptedProcess();
    const transaction = await process.created();
    await process.drives.drive([ID], { repeats: false });
    await expect(transaction.abort()).resolves.toMatchObject({ kind: 'too-late-to-abort' });
    expect(process.world.branchStates()).toEqual(['committed', 'committed']);
  });

  test('beside a driver: the first of the two decides, both follow', async () => {
    const process = new ScriptedProcess();
    const transaction = await process.created();
    const prepares = new Gate();
    process.world.a.onPrepare = () => prepares.pass();
    const driving = process.drives.drive([ID], { repeats: false });
    await runReady();
    await transaction.abort();
    prepares.open();
    await driving;
    expect(process.world.branchStates()).toEqual(['aborted', 'aborted']);
    expect(process.world.history()).toEqual(['preparing', 'aborting', 'aborted']);
  });

  test('in one statement with a decision to commit that comes after the deadline: the abort is written', async () => {
    const process = new ScriptedProcess();
    const transaction = await process.created({ timeoutMs: 1_000 });
    process.world.b.onPrepare = async () => {
      process.world.clock.nowMs = 1_000;
    };
    const [, aborting] = await Promise.all([process.drives.drive([ID], { repeats: false }), transaction.abort()]);
    expect(aborting.kind).toBe('aborting');
    expect(process.world.history()).toEqual(['preparing', 'aborting', 'aborted']);
  });
});

describe('a driver that cannot finish', () => {
  test('is followed by another one after a random wait up to the backoff, and the sweep stays away for as long', async () => {
    const process = new ScriptedProcess(undefined, { leads: false });
    const { clock, a } = process.world;
    clock.chance = 0.9;
    a.onPrepare = () => Promise.reject(new Error('away'));
    await process.created();
    await process.drives.drive([ID], { repeats: false });
    expect(process.wakeUps.resumes).toEqual([{ id: ID, attempts: 1, delayMs: 90 }]);
    await process.drives.drive([ID], { repeats: false });
    expect(process.wakeUps.resumes.at(-1)).toEqual({ id: ID, attempts: 2, delayMs: 180 });
    clock.nowMs = 180 + GRACE_MS - 1;
    await expect(process.sweep()).resolves.toBe(0);
    clock.nowMs = 180 + GRACE_MS;
    await expect(process.sweep()).resolves.toBe(1);
  });

  test('that repeats by itself arranges no other', async () => {
    const process = new ScriptedProcess(undefined, { leads: false });
    process.world.a.onPrepare = () => Promise.reject(new Error('away'));
    await process.created();
    await process.drives.drive([ID], { repeats: true });
    expect([process.wakeUps.resumes, process.world.record().attempts]).toEqual([[], 1]);
  });

  test('because the store is away leaves the transaction to the sweep and does not throw', async () => {
    const process = new ScriptedProcess(undefined, { leads: false });
    await process.created();
    const away = () => Promise.reject(new UnavailableError('away', 'unknown'));
    process.journal.before = away;
    process.transactions.before = away;
    await expect(process.drives.drive([ID], { repeats: false })).resolves.toMatchObject([{ kind: 'unfinished' }]);
    expect(process.drives.load).toBe(0);
    process.journal.before = () => Promise.resolve();
    process.transactions.before = () => Promise.resolve();
    process.deliverWakeUps();
    process.world.clock.nowMs = GRACE_MS;
    await process.sweep();
    expect(process.world.record().state.status).toBe('committed');
  });
});

describe('a failed transaction', () => {
  const fail = async (process: ScriptedProcess) => {
    process.world.b.onCommit = () => Promise.reject(new TerminalError('broken'));
    const transaction = await process.created();
    await process.drives.drive([ID], { repeats: false });
    return transaction;
  };

  test('is at rest for those who wait, and is not swept', async () => {
    const process = new ScriptedProcess();
    const transaction = await fail(process);
    await expect((await process.coordinator.get(ID))?.pollForFinalStatus({ timeoutMs: 1 })).resolves.toMatchObject({
      state: { status: 'failed', errors: [{ branch: 'b', message: 'broken' }] },
    });
    process.world.clock.nowMs = 1_000_000;
    await expect(process.sweep()).resolves.toBe(0);
    await expect(transaction.abort()).resolves.toMatchObject({ kind: 'too-late-to-abort' });
  });

  test('is resumed with one read, one change and one wake-up, from where it was, and only when it has failed', async () => {
    const process = new ScriptedProcess();
    await fail(process);
    process.world.b.onCommit = () => Promise.resolve();
    const operator = new ScriptedProcess(process.world, { leads: false });
    const failed = await operator.coordinator.get(ID);
    await expect(failed?.resume()).resolves.toBe(true);
    await operator.batcher.drained();
    expect(operator.transactions.calls).toEqual([{ kind: 'read' }]);
    expect(operator.journal.appends().map(({ moves }) => moves)).toEqual([
      [{ id: ID, from: 'failed', to: 'committing' }],
    ]);
    expect(operator.wakeUps.resumes).toEqual([{ id: ID, attempts: 1, delayMs: 0 }]);
    await operator.drives.drive([ID], { repeats: true });
    expect(process.world.history()).toEqual(['preparing', 'committing', 'failed', 'committing', 'committed']);
    expect(process.world.branchStates()).toEqual(['committed', 'committed']);
    await expect(failed?.resume()).resolves.toBe(false);
    await expect((await operator.coordinator.get(ID))?.resume()).resolves.toBe(false);
    expect(operator.wakeUps.resumes).toHaveLength(1);
  });
});

test('a transaction whose job was lost is found by the sweep and driven to its end', async () => {
  const process = new ScriptedProcess(undefined, { leads: false });
  process.wakeUps.onDrive = () => Promise.reject(new Error('the queue lost it'));
  await process.created();
  await process.batcher.drained();
  expect(process.log.messages('warn')).toEqual(['a wake-up was lost']);
  process.deliverWakeUps();
  process.world.clock.nowMs = GRACE_MS - 1;
  await expect(process.sweep()).resolves.toBe(0);
  process.world.clock.nowMs = GRACE_MS;
  await expect(process.sweep()).resolves.toBe(1);
  await eventually('it is committed', () => (process.world.history().length === 3 ? true : undefined), {
    deadlineMs: 20_000,
    everyMs: 5,
  });
});

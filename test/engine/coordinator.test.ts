import { TerminalError, UnavailableError } from '../../src/engine/faults';
import { Gate, settled } from '../support/memoryGate';
import { FIRST_SWEEP_MS } from '../support/memoryTransactionStore';
import { CoordinatorHarness, GRACE_MS } from './coordinatorHarness';
import { ID } from './driverHarness';

const KEY = { scope: 's', key: 'k', fingerprint: 'f' };

describe('a coordinator', () => {
  test('creates: the record is durable before a driver is woken', async () => {
    const harness = new CoordinatorHarness();
    const gate = new Gate();
    harness.world.store.after = () => gate.pass();
    const creating = harness.create();
    await settled();
    expect(harness.wakeUps.drives).toEqual([]);
    gate.open();
    await creating;
    await settled();
    expect(harness.wakeUps.drives).toEqual([[ID]]);
  });

  test('creates once for one key: the repetition finds the same transaction', async () => {
    const harness = new CoordinatorHarness();
    await harness.create({ key: KEY });
    await expect(harness.create({ key: KEY, id: 'another' })).resolves.toMatchObject({
      kind: 'replayed',
      transaction: { id: ID },
    });
    await expect(harness.create({ key: { ...KEY, fingerprint: 'g' }, id: 'third' })).resolves.toEqual({
      kind: 'key-reused',
    });
    await settled();
    expect(harness.wakeUps.drives).toEqual([[ID]]);
  });

  test('begins nothing while the queue is away', async () => {
    const harness = new CoordinatorHarness();
    harness.wakeUps.reachable = false;
    await expect(harness.create()).rejects.toMatchObject({ outcome: 'not-started' });
    await expect(harness.coordinator.get(ID)).resolves.toBeUndefined();
  });

  test('tells query, branches and status of a transaction', async () => {
    const harness = new CoordinatorHarness();
    const transaction = await harness.created();
    expect(transaction.query()).toEqual({ asks: 'anything' });
    expect(transaction.branches()).toEqual(['a', 'b']);
    await expect(transaction.status()).resolves.toBe('preparing');
    await harness.coordinator.drive([ID], { repeats: false });
    await expect(transaction.status()).resolves.toBe('committed');
    expect((await harness.coordinator.get(ID))?.record.state.status).toBe('committed');
    await expect(harness.coordinator.get('unknown')).resolves.toBeUndefined();
  });

  test('polls for the final status, whichever process drives', async () => {
    const here = new CoordinatorHarness();
    const elsewhere = new CoordinatorHarness(here.world);
    const transaction = await here.created();
    const waiting = transaction.pollForFinalStatus({ timeoutMs: 5_000 });
    await elsewhere.coordinator.drive([ID], { repeats: false });
    await expect(waiting).resolves.toMatchObject({ state: { status: 'committed' } });
    here.finals.stop();
  });

  test('stops polling when the time is over, which decides nothing', async () => {
    const harness = new CoordinatorHarness();
    const transaction = await harness.created();
    await expect(transaction.pollForFinalStatus({ timeoutMs: 15 })).resolves.toBeUndefined();
    await expect(transaction.status()).resolves.toBe('preparing');
    harness.finals.stop();
  });

  test('drives a transaction once at a time, however many wake-ups there are', async () => {
    const harness = new CoordinatorHarness();
    await harness.created();
    await Promise.all([1, 2, 3].map(() => harness.coordinator.drive([ID], { repeats: false })));
    expect(harness.world.a.calls).toEqual(['prepare', 'commit']);
    expect(harness.coordinator.load).toBe(0);
  });

  test('drives nothing that does not exist or is final', async () => {
    const harness = new CoordinatorHarness();
    await harness.created();
    await harness.coordinator.drive([ID], { repeats: false });
    await harness.coordinator.drive([ID, 'unknown'], { repeats: false });
    expect(harness.world.a.calls).toEqual(['prepare', 'commit']);
  });
});

describe('a client that aborts', () => {
  test('decides while the transaction is preparing, and a driver is woken for the branches', async () => {
    const harness = new CoordinatorHarness();
    harness.wakeUps.onDrive = () => Promise.resolve();
    const transaction = await harness.created();
    await expect(transaction.abort('changed my mind')).resolves.toMatchObject({ kind: 'aborting' });
    expect(harness.wakeUps.resumes).toEqual([{ id: ID, attempts: 0, delayMs: 0 }]);
    await harness.coordinator.drive([ID], { repeats: false });
    expect((await transaction.read()).state).toMatchObject({
      status: 'aborted',
      reason: { kind: 'client', reason: 'changed my mind' },
    });
    await expect(transaction.abort()).resolves.toMatchObject({ kind: 'aborting' });
    expect(harness.world.branchStates()).toEqual(['aborted', 'aborted']);
  });

  test('is too late once the decision to commit is taken', async () => {
    const harness = new CoordinatorHarness();
    const transaction = await harness.created();
    await harness.coordinator.drive([ID], { repeats: false });
    await expect(transaction.abort()).resolves.toMatchObject({ kind: 'too-late-to-abort' });
    expect(harness.world.branchStates()).toEqual(['committed', 'committed']);
  });

  test('beside a driver: whoever is first decides, both follow', async () => {
    const harness = new CoordinatorHarness();
    const transaction = await harness.created();
    const prepares = new Gate();
    harness.world.a.onPrepare = () => prepares.pass();
    const driving = harness.coordinator.drive([ID], { repeats: false });
    await settled();
    await transaction.abort();
    prepares.open();
    await driving;
    expect(harness.world.branchStates()).toEqual(['aborted', 'aborted']);
    expect(harness.world.history()).toEqual(['preparing', 'aborting', 'aborted']);
  });
});

describe('a driver that cannot finish', () => {
  test('is followed by another one after a random wait up to the backoff, and the sweep stays away meanwhile', async () => {
    const harness = new CoordinatorHarness();
    harness.world.clock.chance = 0.9;
    harness.world.a.onPrepare = () => Promise.reject(new Error('away'));
    await harness.created();
    await harness.coordinator.drive([ID], { repeats: false });
    expect(harness.wakeUps.resumes).toEqual([{ id: ID, attempts: 1, delayMs: 90 }]);
    await harness.coordinator.drive([ID], { repeats: false });
    expect(harness.wakeUps.resumes.at(-1)).toEqual({ id: ID, attempts: 2, delayMs: 180 });
    harness.world.clock.nowMs = 180 + GRACE_MS - 1;
    await expect(harness.sweep()).resolves.toBe(0);
    harness.world.clock.nowMs = 180 + GRACE_MS;
    await expect(harness.sweep()).resolves.toBe(1);
  });

  test('that repeats by itself arranges no other', async () => {
    const harness = new CoordinatorHarness();
    harness.world.a.onPrepare = () => Promise.reject(new Error('away'));
    await harness.created();
    await harness.coordinator.drive([ID], { repeats: true });
    expect(harness.wakeUps.resumes).toEqual([]);
    expect(harness.world.record().attempts).toBe(1);
  });

  test('because the store is away leaves the transaction to the sweep and does not throw', async () => {
    const harness = new CoordinatorHarness();
    await harness.created();
    harness.world.store.before = () => Promise.reject(new UnavailableError('away', 'unknown'));
    await expect(harness.coordinator.drive([ID], { repeats: false })).resolves.toMatchObject([{ kind: 'unfinished' }]);
    expect(harness.coordinator.load).toBe(0);
    harness.world.store.before = () => Promise.resolve();
    harness.deliverWakeUps();
    harness.world.clock.nowMs = FIRST_SWEEP_MS;
    await harness.sweep();
    expect(harness.world.record().state.status).toBe('committed');
  });
});

describe('lost wake-ups', () => {
  test('are found by the sweep: a transaction whose job was never made is driven to its end', async () => {
    const harness = new CoordinatorHarness();
    harness.wakeUps.onDrive = () => Promise.reject(new Error('the queue lost it'));
    await harness.created();
    await harness.batcher.drained();
    expect(harness.world.log.messages('warn')).toEqual(['a wake-up was lost']);
    harness.deliverWakeUps();
    harness.world.clock.nowMs = FIRST_SWEEP_MS - 1;
    await expect(harness.sweep()).resolves.toBe(0);
    harness.world.clock.nowMs = FIRST_SWEEP_MS;
    await expect(harness.sweep()).resolves.toBe(1);
    expect(harness.world.history()).toEqual(['preparing', 'committing', 'committed']);
  });
});

describe('a failed transaction', () => {
  const fail = async (harness: CoordinatorHarness) => {
    harness.world.b.onCommit = () => Promise.reject(new TerminalError('broken'));
    const transaction = await harness.created();
    await harness.coordinator.drive([ID], { repeats: false });
    return transaction;
  };

  test('is final for those who wait, and is not swept', async () => {
    const harness = new CoordinatorHarness();
    const transaction = await fail(harness);
    await expect((await harness.coordinator.get(ID))?.pollForFinalStatus({ timeoutMs: 1 })).resolves.toMatchObject({
      state: { status: 'failed', errors: [{ branch: 'b', message: 'broken' }] },
    });
    harness.world.clock.nowMs = 1_000_000;
    await expect(harness.sweep()).resolves.toBe(0);
    await expect(transaction.abort()).resolves.toMatchObject({ kind: 'too-late-to-abort' });
  });

  test('goes on from where it was when it is resumed, and only then', async () => {
    const harness = new CoordinatorHarness();
    const transaction = await fail(harness);
    harness.world.b.onCommit = () => Promise.resolve();
    harness.deliverWakeUps();
    await expect(transaction.resume()).resolves.toBe(true);
    await harness.batcher.drained();
    expect(harness.world.history()).toEqual(['preparing', 'committing', 'failed', 'committing', 'committed']);
    expect(harness.world.branchStates()).toEqual(['committed', 'committed']);
    await expect(transaction.resume()).resolves.toBe(false);
  });
});

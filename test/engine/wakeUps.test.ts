import { FinalStatuses } from '../../src/engine/finalStatuses';
import { backoffMs } from '../../src/engine/retry';
import { WakeUpBatcher } from '../../src/engine/wakeUpBatcher';
import { eventually } from '../../stress/infra/wait';
import { MemoryClock } from '../support/memoryClock';
import { settled } from '../support/memoryGate';
import { MemoryLog } from '../support/memoryLog';
import { MemoryWakeUps } from '../support/memoryWakeUps';
import { CoordinatorHarness, LEASE_MS } from './coordinatorHarness';
import { DriverHarness, ID } from './driverHarness';

describe('wake-ups', () => {
  test('of transactions created together travel in one job, in groups of at most the limit', async () => {
    const wakeUps = new MemoryWakeUps();
    const batcher = new WakeUpBatcher(wakeUps, new MemoryClock(), new MemoryLog(), 3);
    for (const id of ['1', '2', '3', '4']) batcher.add(id);
    await settled();
    batcher.add('5');
    await batcher.drained();
    expect(wakeUps.drives).toEqual([['1', '2', '3'], ['4'], ['5']]);
  });

  test('that come close upon another wait for one another, the first one goes at once', async () => {
    const wakeUps = new MemoryWakeUps();
    wakeUps.pauseMs = 10;
    const clock = new MemoryClock();
    const batcher = new WakeUpBatcher(wakeUps, clock, new MemoryLog(), 3);
    clock.nowMs = 100;
    batcher.add('1');
    await settled();
    clock.nowMs = 104;
    batcher.add('2');
    batcher.add('3');
    expect(wakeUps.drives).toEqual([['1']]);
    await settled();
    expect(clock.sleeps).toEqual([6]);
    clock.nowMs = 120;
    batcher.add('4');
    await settled();
    expect(clock.sleeps).toEqual([6]);
    expect(wakeUps.drives).toEqual([['1'], ['2', '3'], ['4']]);
  });

  test('drained waits for those on their way', async () => {
    const wakeUps = new MemoryWakeUps();
    let sent = false;
    wakeUps.onDrive = async () => {
      await settled();
      sent = true;
    };
    const batcher = new WakeUpBatcher(wakeUps, new MemoryClock(), new MemoryLog(), 3);
    batcher.add('1');
    await batcher.drained();
    expect(sent).toBe(true);
  });
});

describe('the sweep', () => {
  test('claims in batches until nothing is due, and not again before the lease is over', async () => {
    const harness = new CoordinatorHarness();
    for (let n = 0; n < 5; n += 1) await harness.created({ id: `t${n}` });
    harness.world.clock.nowMs = 50_000;
    await expect(harness.sweep(2)).resolves.toBe(5);
    // Handed out in batches, as new ones are.
    expect(harness.wakeUps.drives.slice(-3)).toEqual([['t0', 't1'], ['t2', 't3'], ['t4']]);
    await expect(harness.sweep(2)).resolves.toBe(0);
    harness.world.clock.nowMs += LEASE_MS;
    await expect(harness.sweep(2)).resolves.toBe(5);
  });

  test('that cannot hand a claim over leaves it to a sweep after the lease', async () => {
    const harness = new CoordinatorHarness();
    await harness.created();
    harness.world.clock.nowMs = 50_000;
    harness.wakeUps.onDrive = () => Promise.reject(new Error('the queue is away'));
    await expect(harness.sweep()).rejects.toThrow('the queue is away');
    harness.deliverWakeUps();
    await expect(harness.sweep()).resolves.toBe(0);
    harness.world.clock.nowMs += LEASE_MS;
    await expect(harness.sweep()).resolves.toBe(1);
    // Its deadline has passed meanwhile.
    expect(harness.world.record().state.status).toBe('aborted');
  });
});

describe('those who wait for a final status', () => {
  const setUp = async () => {
    const world = new DriverHarness();
    await world.create();
    return { world, finals: new FinalStatuses(world.store, world.log, { minMs: 1, maxMs: 2 }) };
  };

  test('are all told at once by a driver of this process', async () => {
    const { world, finals } = await setUp();
    const waiting = [1, 2, 3].map(() => finals.wait(ID, 5_000));
    expect(finals.size).toBe(1);
    const { record } = await world.drive();
    finals.tell(record);
    for (const told of await Promise.all(waiting)) expect(told).toBe(record);
    expect(finals.size).toBe(0);
    finals.stop();
  });

  test('are told nothing of a transaction that is still pending', async () => {
    const { world, finals } = await setUp();
    const waiting = finals.wait(ID, 20);
    finals.tell(world.record());
    await expect(waiting).resolves.toBeUndefined();
    expect(finals.size).toBe(0);
    finals.stop();
  });

  test('go on waiting while the store is away', async () => {
    const { world, finals } = await setUp();
    world.store.before = () => Promise.reject(new Error('away'));
    const waiting = finals.wait(ID, 5_000);
    const warned = () => world.log.messages('warn').includes('could not poll for final statuses');
    await eventually('a poll has failed', () => (warned() ? true : undefined), { deadlineMs: 4_000, everyMs: 5 });
    world.store.before = () => Promise.resolve();
    await world.drive();
    await expect(waiting).resolves.toMatchObject({ state: { status: 'committed' } });
    finals.stop();
  });
});

describe('the backoff', () => {
  test('grows by two up to its limit and is jittered over its whole range', () => {
    const policy = { initialMs: 10, maxMs: 100 };
    const ceilings = [0, 1, 2, 3, 4, 50, 5_000].map((attempt) => backoffMs(policy, attempt, 0.999_999));
    expect(ceilings).toEqual([9, 19, 39, 79, 99, 99, 99]);
    expect(backoffMs(policy, 3, 0)).toBe(0);
    expect(backoffMs(policy, 3, 0.5)).toBe(40);
  });
});

import { backoffMs } from '../../src/engine/retry';
import { WakeUpBatcher } from '../../src/engine/transactions/wakeUpBatcher';
import { MemoryClock } from '../support/memoryClock';
import { runReady } from '../support/memoryGate';
import { MemoryLog } from '../support/memoryLog';
import { MemoryWakeUps } from '../support/memoryWakeUps';
import { LEASE_MS, ScriptedProcess } from './scripted';

const OPTIONS = { batchMax: 3, patienceMs: 10 };

describe('wake-ups', () => {
  test('of transactions created together travel in one job, in groups of at most the limit', async () => {
    const wakeUps = new MemoryWakeUps();
    const batcher = new WakeUpBatcher(wakeUps, new MemoryClock(), new MemoryLog(), OPTIONS);
    for (const id of ['1', '2', '3', '4']) batcher.add(id);
    await runReady();
    batcher.add('5');
    await batcher.drained();
    expect(wakeUps.drives).toEqual([['1', '2', '3'], ['4'], ['5']]);
  });

  test('that come close upon another wait for one another, the first one goes at once', async () => {
    const wakeUps = new MemoryWakeUps();
    wakeUps.pauseMs = 10;
    const clock = new MemoryClock();
    const batcher = new WakeUpBatcher(wakeUps, clock, new MemoryLog(), OPTIONS);
    clock.nowMs = 100;
    batcher.add('1');
    await runReady();
    clock.nowMs = 104;
    batcher.add('2');
    batcher.add('3');
    expect(wakeUps.drives).toEqual([['1']]);
    await runReady();
    expect(clock.sleeps).toEqual([6]);
    clock.nowMs = 120;
    batcher.add('4');
    await runReady();
    expect(clock.sleeps).toEqual([6]);
    expect(wakeUps.drives).toEqual([['1'], ['2', '3'], ['4']]);
  });

  test('drained waits for those on their way', async () => {
    const wakeUps = new MemoryWakeUps();
    let sent = false;
    wakeUps.onDrive = async () => {
      await runReady();
      sent = true;
    };
    const batcher = new WakeUpBatcher(wakeUps, new MemoryClock(), new MemoryLog(), OPTIONS);
    batcher.add('1');
    await batcher.drained();
    expect(sent).toBe(true);
  });

  test('that cannot be sent are left over at once, those that can after their patience', async () => {
    const wakeUps = new MemoryWakeUps();
    wakeUps.reachable = false;
    const leftOver: (readonly string[])[] = [];
    let heard: () => void = () => undefined;
    const batcher = new WakeUpBatcher(wakeUps, new MemoryClock(), new MemoryLog(), OPTIONS, (ids) => {
      leftOver.push(ids);
      heard();
    });
    batcher.add('1');
    await runReady();
    expect([leftOver, wakeUps.drives]).toEqual([[['1']], []]);
    wakeUps.reachable = true;
    const second = new Promise<void>((resolve) => {
      heard = resolve;
    });
    batcher.add('2');
    // The patience timer keeps no process alive, so the test needs a timer that does.
    const alive = setTimeout(() => undefined, 10_000);
    await second;
    clearTimeout(alive);
    expect([leftOver, wakeUps.drives]).toEqual([[['1'], ['2']], [['2']]]);
  });
});

describe('the sweep', () => {
  test('claims in batches until nothing is due, and not again before the lease is over', async () => {
    const process = new ScriptedProcess(undefined, { leads: false });
    for (let n = 0; n < 5; n += 1) await process.created({ id: `t${n}` });
    await process.batcher.drained();
    process.world.clock.nowMs = 50_000;
    await expect(process.sweep(2)).resolves.toBe(5);
    // Added in batches, like new transactions.
    expect(process.wakeUps.drives.slice(-3)).toEqual([['t0', 't1'], ['t2', 't3'], ['t4']]);
    await expect(process.sweep(2)).resolves.toBe(0);
    process.world.clock.nowMs += LEASE_MS;
    await expect(process.sweep(2)).resolves.toBe(5);
  });

  test('that cannot hand a claim over leaves it to a sweep after the lease', async () => {
    const process = new ScriptedProcess(undefined, { leads: false });
    await process.created();
    await process.batcher.drained();
    process.world.clock.nowMs = 50_000;
    process.wakeUps.onDrive = () => Promise.reject(new Error('the queue is away'));
    await expect(process.sweep()).rejects.toThrow('the queue is away');
    process.deliverWakeUps();
    await expect(process.sweep()).resolves.toBe(0);
    process.world.clock.nowMs += LEASE_MS;
    await expect(process.sweep()).resolves.toBe(1);
    // By then its deadline has passed.
    expect(process.world.record().state.status).toBe('aborted');
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

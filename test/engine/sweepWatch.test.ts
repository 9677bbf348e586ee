import { SweepWatch } from '../../src/engine/transactions/sweepWatch';
import { MemoryLog } from '../support/memoryLog';

const LIMITS = { batchMax: 2, leaseMs: 5_000 };

function watchOver(firstAgeMs: number, due: string[]) {
  let ageMs = firstAgeMs;
  const driven: string[][] = [];
  const told = { rescheduled: 0, gaveUp: 0, claimsOfTheSchedule: 0 };
  const watch = new SweepWatch({
    store: {
      sweepAges: () => Promise.resolve({ scheduledMs: ageMs, lookedMs: 0 }),
      claimDue: (limit, _leaseMs, sweep) => {
        if (sweep?.isSchedules !== false) told.claimsOfTheSchedule += 1;
        return Promise.resolve(due.splice(0, limit).map((id) => ({ id, attempts: 1 })));
      },
    },
    log: new MemoryLog(),
    limits: LIMITS,
    lateAfterMs: 2_500,
    lostAfterMs: 5_000,
    drive: (ids) => {
      driven.push([...ids]);
      return Promise.resolve();
    },
    reschedule: () => {
      told.rescheduled += 1;
      return Promise.resolve();
    },
    giveUp: () => {
      told.gaveUp += 1;
    },
  });
  const setAge = (ms: number): void => {
    ageMs = ms;
  };
  return { watch, driven, told, setAge };
}

describe('the watch over the sweeps', () => {
  test('does nothing while the schedule sweeps', async () => {
    const { watch, driven, told } = watchOver(1_000, ['t1']);
    await watch.check();
    expect([driven, told.rescheduled]).toEqual([[], 0]);
  });

  test('sweeps by itself when the schedule is late: everything that is due, not only one batch', async () => {
    const { watch, driven, told } = watchOver(3_000, ['t1', 't2', 't3']);
    await watch.check();
    expect(driven.flat()).toEqual(['t1', 't2', 't3']);
    expect(told.rescheduled).toBe(0);
  });

  test('makes the schedule again when it seems lost, and never takes its own sweep for one of the schedule', async () => {
    const { watch, told } = watchOver(6_000, ['t1']);
    await watch.check();
    expect(told).toEqual({ rescheduled: 1, gaveUp: 0, claimsOfTheSchedule: 0 });
  });

  test('leaves the jobs to another process when one new schedule after the other does not help', async () => {
    const { watch, told } = watchOver(60_000, []);
    for (let check = 0; check < 9; check += 1) await watch.check();
    expect(told.gaveUp).toBe(0);
    await watch.check();
    expect(told).toEqual({ rescheduled: 10, gaveUp: 1, claimsOfTheSchedule: 0 });
  });

  test('a sweep between them starts the count again', async () => {
    const world = watchOver(60_000, []);
    for (let check = 0; check < 9; check += 1) await world.watch.check();
    world.setAge(1_000);
    await world.watch.check();
    world.setAge(60_000);
    await world.watch.check();
    expect(world.told.gaveUp).toBe(0);
  });
});

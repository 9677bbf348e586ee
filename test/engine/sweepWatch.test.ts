import { SweepWatch } from '../../src/engine/sweepWatch';
import { MemoryLog } from '../support/memoryLog';

const LIMITS = { batchMax: 2, leaseMs: 5_000 };

function watchOver(ageMs: number, due: string[]) {
  const driven: string[][] = [];
  const told = { rescheduled: 0, gaveUp: 0, claimsOfTheSchedule: 0 };
  const watch = new SweepWatch({
    store: {
      sweepAgeMs: () => Promise.resolve(ageMs),
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
    unservedAfterMs: 15_000,
    giveUp: () => {
      told.gaveUp += 1;
    },
  });
  return { watch, driven, told };
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

  test('makes the schedule anew when it seems lost, and never takes its own sweep for one of the schedule', async () => {
    const { watch, told } = watchOver(6_000, ['t1']);
    await watch.check();
    expect(told).toEqual({ rescheduled: 1, gaveUp: 0, claimsOfTheSchedule: 0 });
  });

  test('leaves the jobs to another process when a new schedule did not help', async () => {
    const { watch, told } = watchOver(16_000, []);
    await watch.check();
    expect(told).toEqual({ rescheduled: 1, gaveUp: 1, claimsOfTheSchedule: 0 });
  });
});

import { Random } from '../../stress/base/random';
import { scheduleFaults } from '../../stress/faults/schedule';
import { LONG_GOAL, longRun, planOf } from '../../stress/suites';

/** A process that still has two faults before it is spared another: on a busy machine one fault of four. */
const CARRIED_OUT = 3 / 4;
/** A bomb kills once as it is laid, and half of them go off before another fault ends their process. */
const KILLS = { kill: 1, bomb: 1.5 } as const;

test('the seeds of the long run are enough for its kills, and short enough for its time', () => {
  const options = Array.from({ length: LONG_GOAL.seeds }, (_, index) => {
    const task = longRun(index + 1, true);
    if (task.kind !== 'run') throw new Error('a seed is a run');
    return task.options;
  });
  const kills = options.reduce((sum, { rates, calmMs, seconds, seed, processes, pauseMs }) => {
    const victims = Array.from({ length: processes }, (_, index) => index);
    const schedule = { rates, calmMs, untilMs: seconds * 1000, victims, pauseMs };
    const faults = scheduleFaults(new Random(seed).fork('faults'), schedule);
    return sum + faults.reduce((all, { kind }) => all + (kind === 'kill' || kind === 'bomb' ? KILLS[kind] : 0), 0);
  }, 0);
  expect(kills * CARRIED_OUT).toBeGreaterThan(LONG_GOAL.kills);
  expect(options.reduce((sum, { seconds }) => sum + seconds, 0)).toBeLessThan(30 * 60);
});

test('races are of two processes on the same accounts, without faults', () => {
  const tasks = planOf('races', true).flat();
  expect(tasks).toHaveLength(3);
  for (const task of tasks) {
    expect(task).toMatchObject({ kind: 'run', options: { processes: 2, runners: 'all', rates: {} } });
  }
});

test('a suite that there is not', () => {
  expect(() => planOf('shrot', true)).toThrow('There is no suite shrot: short, long, races, matrix or bugs');
});

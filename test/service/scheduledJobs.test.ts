import type { Job } from 'bullmq';
import type { JobData, JobName, JobResult } from '../../src/adapters/bullmq/jobs';
import { createProcessor } from '../../src/adapters/bullmq/processor';
import { quietLog } from '../../src/service/quietLog';
import { ScriptedProcess } from '../engine/scripted';
import { MemoryLog } from '../support/memoryLog';

const FAILS = 'a scheduled job fails; it is tried again at its next time';
const WORKS = 'a scheduled job works again';

/** Runs a sweep for each entry: with the error, or without one. Returns what an operator reads. */
async function saidOf(...sweeps: readonly (Error | undefined)[]): Promise<readonly string[]> {
  const log = new MemoryLog();
  const ends = sweeps.values();
  const processor = createProcessor({
    drives: new ScriptedProcess().drives,
    sweep: async () => {
      const error = ends.next().value;
      if (error) throw error;
      return 0;
    },
    prune: () => Promise.reject(new Error('not asked for')),
    deliver: () => Promise.reject(new Error('not asked for')),
    log: quietLog(log, () => undefined),
  });
  const job = { name: 'sweep', data: { every: 'sweep' } } as Job<JobData, JobResult, JobName>;
  for (const error of sweeps) {
    if (error) await expect(processor(job)).rejects.toBe(error);
    else await expect(processor(job)).resolves.toEqual({ resumed: 0 });
  }
  return log.lines.filter(({ level }) => level !== 'debug').map(({ message }) => message);
}

describe('a scheduled job', () => {
  const away = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  const broken = new Error('a column is missing');

  test('that fails is logged once, and once when it works again', async () => {
    await expect(saidOf(undefined, broken, broken, undefined, undefined)).resolves.toEqual([FAILS, WORKS]);
  });

  test('that fails for an outage logs nothing: the outage has lines of its own', async () => {
    await expect(saidOf(away, away, undefined)).resolves.toEqual([]);
  });

  test('that fails for an outage and then for something else is logged, and once when it works again', async () => {
    await expect(saidOf(away, broken, away, undefined)).resolves.toEqual([FAILS, WORKS]);
  });
});

import { writeSync } from 'node:fs';
import { type JobsOptions, Queue } from 'bullmq';

/**
 * Loaded before the service. After SIGUSR2, this process adds each of its next jobs three times under different ids, so
 * that workers deliver them concurrently: two drivers on one transaction.
 */
const JOBS_PER_SIGNAL = 20;
const EXTRA_COPIES = 2;
const REPORT_FD = 3;

let owed = 0;
let serial = 0;

interface Entry {
  readonly name: string;
  readonly data: unknown;
  readonly opts?: JobsOptions;
}

interface Producer {
  add: (this: unknown, name: string, data: unknown, options?: JobsOptions) => Promise<unknown>;
  addBulk: (this: unknown, jobs: readonly Entry[]) => Promise<unknown>;
}

const producer = Queue.prototype as unknown as Producer;
const { add, addBulk } = producer;

producer.add = async function addSeveral(name, data, options) {
  const [job] = await Promise.all([
    add.call(this, name, data, options),
    ...copiesOwed().map((jobId) => add.call(this, name, data, { ...options, jobId })),
  ]);
  return job;
};

producer.addBulk = function addAllSeveral(jobs) {
  const extra = jobs.flatMap((job) => copiesOwed().map((jobId) => ({ ...job, opts: { ...job.opts, jobId } })));
  return addBulk.call(this, [...jobs, ...extra]);
};

function copiesOwed(): string[] {
  if (owed === 0) return [];
  owed -= 1;
  writeSync(REPORT_FD, `${JSON.stringify({ event: 'job-duplicated' })}\n`);
  return Array.from({ length: EXTRA_COPIES }, () => {
    serial += 1;
    return `duplicate-${process.pid}-${serial}`;
  });
}

process.on('SIGUSR2', () => {
  owed += JOBS_PER_SIGNAL;
});

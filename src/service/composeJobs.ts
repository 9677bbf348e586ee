import { postgresBackend, type QueueBackend, redisBackend } from '../adapters/bullmq/backend';
import { scheduleChores } from '../adapters/bullmq/choreSchedule';
import { createProcessor, type JobHandlers } from '../adapters/bullmq/processor';
import { rescheduleSweeps, scheduleSweeps } from '../adapters/bullmq/sweepSchedule';
import type { JobTelemetry } from '../adapters/bullmq/telemetry';
import { Leadership, type Standing } from '../adapters/postgres/leadership';
import { patiently } from '../adapters/postgres/patience';
import type { ReadPool } from '../adapters/postgres/reads/readPool';
import { prune } from '../adapters/postgres/reads/retention';
import type { Config } from '../config';
import type { Log } from '../engine/log';
import { sweep } from '../engine/transactions/sweep';
import { SweepWatch } from '../engine/transactions/sweepWatch';
import type { WakeUps } from '../engine/transactions/wakeUps';
import type { Engine } from './composeEngine';
import { JobRunner } from './jobRunner';
import type { Lifecycle } from './lifecycle';
import { every, within } from './timing';

const SWEEP_BATCH_MAX = 500;
const PRUNE_BATCH_MAX = 1_000;
const CHORES = { pruneEveryMs: 3_600_000 };
const DAY_MS = 86_400_000;
/** How long running jobs may take to finish at a stop. Other processes resume what the jobs leave, or this one does at the next start. */
const JOBS_STOP_MS = 1_000;
/** How often a process asks for the lead or renews it, and after what silence of the leader another process takes over. */
const LEAD = { everyMs: 250, silentMaxMs: 1_500 };

/** The queue that the configuration names, ready to take jobs. */
export async function openQueue(
  config: Config,
  databaseUrl: string,
  log: Log,
  telemetry?: JobTelemetry,
): Promise<QueueBackend> {
  if (config.REDIS_URL === undefined) return patiently(log, () => openPostgresQueue(databaseUrl, log, telemetry));
  const backend = await redisBackend(config.REDIS_URL, log, telemetry);
  await backend.queue.waitUntilReady();
  return backend;
}

async function openPostgresQueue(databaseUrl: string, log: Log, telemetry?: JobTelemetry): Promise<QueueBackend> {
  const backend = postgresBackend(databaseUrl, log, telemetry);
  try {
    await backend.queue.waitUntilReady();
    return backend;
  } catch (error) {
    await backend.close();
    throw error;
  }
}

/**
 * Lets this process run jobs (drive, resume, sweep), at once or when it gets the lead. Starts the watch that sweeps
 * when the queue does not.
 */
export async function startJobs(
  config: Config,
  databaseUrl: string,
  backend: QueueBackend,
  engine: Engine,
  jobs: WakeUps,
  reads: ReadPool,
  deliver: JobHandlers<unknown, unknown>['deliver'],
  log: Log,
  life: Lifecycle,
): Promise<JobRunner> {
  const limits = { batchMax: SWEEP_BATCH_MAX, leaseMs: config.ORPHANED_AFTER_MS };
  const { drives, transactionStore } = engine;
  const processor = createProcessor({
    drives,
    log,
    sweep: () => sweep(transactionStore, jobs, log, limits),
    prune: () => prune(reads, config.KEEP_FINISHED_DAYS * DAY_MS, PRUNE_BATCH_MAX),
    deliver,
  });
  const leadership = new Leadership({ connectionString: databaseUrl, group: backend.identity, ...LEAD }, log);
  const runner = new JobRunner({
    standing: () => standingOf(config, leadership, backend),
    resign: () => leadership.resign(),
    createWorker: () => backend.createWorker(processor, config.JOB_CONCURRENCY),
    log,
  });
  life.started('worker', async () => {
    if (!(await within(JOBS_STOP_MS, runner.stop()))) log.warn({}, 'jobs were still running; they are left to others');
  });
  // Give up the lead before the running jobs are done, so that new jobs need not wait for them.
  life.started('lead', async () => leadership.close());
  await patiently(log, () => runner.check());
  life.started(
    'standing',
    every(LEAD.everyMs, () => runner.check(), log, 'could not start to run jobs'),
  );
  await patiently(log, () => scheduleSweeps(backend.queue, config.SWEEP_EVERY_MS));
  await patiently(log, () => scheduleChores(backend.queue, CHORES));
  const watch = new SweepWatch({
    store: transactionStore,
    log,
    limits,
    lateAfterMs: config.SWEEP_EVERY_MS * 2.5,
    lostAfterMs: config.SWEEP_EVERY_MS * 5,
    giveUp: () => {
      if (runner.runs) runner.giveUp();
    },
    drive: async (ids) => {
      await drives.drive(ids, { repeats: false });
    },
    reschedule: async () => {
      await rescheduleSweeps(backend.queue, config.SWEEP_EVERY_MS);
      await scheduleChores(backend.queue, CHORES);
    },
  });
  life.started(
    'sweep watch',
    every(config.SWEEP_EVERY_MS, () => watch.check(), log, 'the sweep watch failed'),
  );
  return runner;
}

/** Leaves the lead to other processes when this process cannot reach the queue. */
async function standingOf(config: Config, leadership: Leadership, backend: QueueBackend): Promise<Standing> {
  if (config.JOB_RUNNERS === 'all') return 'leads';
  if (backend.available()) return leadership.ask();
  leadership.resign();
  return 'unknown';
}

import type { CoordinatorWorker } from '../adapters/bullmq/backend';
import type { Standing } from '../adapters/postgres/leadership';
import { UnavailableError } from '../engine/faults';
import type { Log } from '../engine/log';
import { within } from './timing';

export interface JobRunnerDeps {
  /** Whether this process must run the jobs. */
  readonly standing: () => Promise<Standing>;
  /** Leaves the jobs to another process. */
  readonly resign: () => void;
  /** Makes a worker that takes no jobs yet. */
  readonly createWorker: () => CoordinatorWorker;
  readonly log: Log;
}

/**
 * A worker that loses the lead goes on for this many checks. After an outage of the queue its connection may not be
 * back yet, and a worker that is closed while it reconnects never finishes closing.
 */
const FOLLOWS_MAX = 8;
/** After a process gives up, it does not ask for the lead during this many checks. */
const CHECKS_SKIPPED = 4;
/** The time limit for a worker to connect. */
const READY_MS = 5_000;

/**
 * Runs the jobs of the queue while this process leads. A single driving process writes more in one statement and never
 * waits for rows that another process has locked. The lead is only an optimization: jobs that two processes run at the
 * same time do no harm.
 */
export class JobRunner {
  private worker: CoordinatorWorker | undefined;
  private running = false;
  private stopped = false;
  private followed = 0;
  private standing: Standing = 'unknown';
  private skip = 0;
  private readonly closing = new Set<Promise<void>>();

  constructor(private readonly deps: JobRunnerDeps) {}

  /** Whether this process takes jobs. */
  get runs(): boolean {
    return this.running;
  }

  /** Whether this process takes jobs and was told at the last check that it leads. */
  get leads(): boolean {
    return this.running && this.standing === 'leads';
  }

  /**
   * Starts or stops taking jobs. Call it repeatedly. While the leader is unknown, a process that takes jobs goes on.
   * Rejects when this process should take jobs and cannot.
   */
  async check(): Promise<void> {
    if (this.skip > 0) {
      this.skip -= 1;
      return;
    }
    const standing = await this.deps.standing();
    if (this.stopped) return;
    this.standing = standing;
    this.followed = standing === 'follows' ? this.followed + 1 : 0;
    if (standing === 'leads' && !this.worker) await this.start();
    if (this.followed >= FOLLOWS_MAX) this.close();
  }

  /** Leaves the jobs to another process for a while, because this process does not get them done. */
  giveUp(): void {
    this.close();
    this.deps.resign();
    this.skip = CHECKS_SKIPPED;
  }

  /** Takes no more jobs. Resolves when the running jobs are done. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.close();
    await Promise.all(this.closing);
  }

  private async start(): Promise<void> {
    const worker = this.deps.createWorker();
    this.worker = worker;
    try {
      if (!(await within(READY_MS, worker.waitUntilReady())))
        throw new UnavailableError('The queue does not answer', 'not-started', { away: 'queue' });
    } catch (error) {
      this.giveUp();
      throw error;
    }
    if (this.worker !== worker) return;
    this.running = true;
    this.deps.log.info({}, 'this process runs the jobs of the coordinator');
    worker.run().catch((error: unknown) => {
      this.deps.log.error({ err: error }, 'the worker ended by itself');
      if (this.worker === worker) this.close();
    });
  }

  private close(): void {
    const { worker } = this;
    if (!worker) return;
    if (this.running) this.deps.log.info({}, 'this process takes no more jobs');
    this.worker = undefined;
    this.running = false;
    const closed = worker
      .close()
      .catch((error: unknown) => this.deps.log.warn({ err: error }, 'a worker did not stop cleanly'))
      .finally(() => this.closing.delete(closed));
    this.closing.add(closed);
  }
}

import type { CoordinatorWorker } from './adapters/bullmq/backend';
import type { Standing } from './adapters/postgres/leadership';
import type { Log } from './engine/ports';

export interface JobRunnerDeps {
  /** Whether this process is to run the jobs. */
  readonly standing: () => Promise<Standing>;
  readonly startWorker: () => CoordinatorWorker;
  readonly log: Log;
}

/**
 * Runs the jobs of the queue for as long as this process leads. One process that drives everything writes more together,
 * and never waits for rows that another has locked. That is all: jobs that two processes run at once do no harm.
 */
export class JobRunner {
  private worker: CoordinatorWorker | undefined;
  private readonly closing = new Set<Promise<void>>();

  constructor(private readonly deps: JobRunnerDeps) {}

  /** Whether this process takes jobs. */
  get runs(): boolean {
    return this.worker !== undefined;
  }

  /** Starts or stops taking jobs. While nobody can tell who leads, whoever took jobs goes on. */
  async check(): Promise<void> {
    const standing = await this.deps.standing();
    if (standing === 'leads' && !this.worker) await this.start();
    if (standing === 'follows' && this.worker) this.close(this.worker);
  }

  /** Takes no more jobs; resolves when those that it runs are done. */
  async stop(): Promise<void> {
    if (this.worker) this.close(this.worker);
    await Promise.all(this.closing);
  }

  private async start(): Promise<void> {
    this.worker = this.deps.startWorker();
    this.deps.log.info({}, 'this process runs the jobs of the coordinator');
    await this.worker.waitUntilReady();
  }

  private close(worker: CoordinatorWorker): void {
    this.worker = undefined;
    this.deps.log.info({}, 'this process takes no more jobs');
    const closed = worker
      .close()
      .catch((error: unknown) => this.deps.log.warn({ err: error }, 'a worker did not stop cleanly'))
      .finally(() => this.closing.delete(closed));
    this.closing.add(closed);
  }
}

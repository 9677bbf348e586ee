import { postgresBackend, type QueueBackend, redisBackend } from '../../src/adapters/bullmq/backend';
import { QueueDepth } from '../../src/adapters/bullmq/queueDepth';
import { BullmqWakeUps } from '../../src/adapters/bullmq/wakeUps';
import { ReadPool } from '../../src/adapters/postgres/reads/readPool';
import { loadConfig } from '../../src/config';
import type { TransferQuery, TransferRefusal } from '../../src/domain/transfer';
import type { TransactionRecord } from '../../src/engine/transactions/record';
import { startJobs } from '../../src/service/composeJobs';
import { Lifecycle } from '../../src/service/lifecycle';
import { MemoryLog } from './memoryLog';
import { RealEngine } from './realEngine';
import { redisDatabase } from './redisDatabase';
import { REDIS } from './servers';
import type { TestDatabase } from './testDatabase';
import { transactionId } from './transactionId';

type Kind = QueueBackend['kind'];

/** The backends with a server; the run's teardown reports it if Redis is not among them. */
export const BACKENDS: readonly Kind[] = process.env[REDIS] === undefined ? ['postgres'] : ['postgres', 'redis'];

const SETTINGS = { SWEEP_EVERY_MS: '100', ORPHANED_AFTER_MS: '400' };

/** The engine with its jobs on a real queue. Without `worker` it only adds jobs, like a process with ROLE=api. */
export class RealJobs {
  private constructor(
    readonly engine: RealEngine,
    readonly backend: QueueBackend,
    readonly wakeUps: BullmqWakeUps,
    private readonly life: Lifecycle,
  ) {}

  static async start(database: TestDatabase, kind: Kind, role: 'api' | 'worker' = 'worker'): Promise<RealJobs> {
    const log = new MemoryLog();
    const backend =
      kind === 'postgres' ? postgresBackend(database.url, log) : await redisBackend(await redisDatabase(database), log);
    await backend.queue.waitUntilReady();
    const wakeUps = new BullmqWakeUps(
      backend,
      { keepCompleted: 1_000, keepFailed: 1_000 },
      new QueueDepth(backend.queue, 60_000),
      () => true,
    );
    // Jobs drive the transfers, regardless of the role, because these tests are about jobs.
    const engine = RealEngine.on(database, wakeUps, { ...SETTINGS, ROLE: 'api' });
    const life = new Lifecycle(log);
    const jobs = new RealJobs(engine, backend, wakeUps, life);
    if (role === 'worker') {
      const reads = new ReadPool(
        {
          connectionString: database.url,
          connectionsMax: 1,
          acquireTimeoutMs: 1_000,
          statementTimeoutMs: 5_000,
        },
        log,
      );
      life.started('read pool', () => reads.close());
      const deliver = () => Promise.resolve({ delivered: 0, failed: 0, left: 0 });
      await startJobs(loadConfig(SETTINGS), database.url, backend, engine.engine, wakeUps, reads, deliver, log, life);
    }
    return jobs;
  }

  /** Creates a transfer, with its wake-up. */
  async transfer(origin: string, destination: string, amount: bigint): Promise<string> {
    const id = transactionId();
    const query = { postings: [{ origin, destination, amount }] };
    await this.engine.engine.coordinator.create(id, query, [origin, destination], {
      askedFirst: 1,
      timeoutMs: 10_000,
    });
    return id;
  }

  /** Stores a transfer and adds no job for it. */
  async orphan(origin: string, destination: string, amount: bigint): Promise<string> {
    const id = transactionId();
    const transaction = {
      id,
      type: 'transfer',
      query: { postings: [{ origin, destination, amount }] },
      branches: [origin, destination],
      askedFirst: 1,
      status: 'preparing' as const,
      timeoutMs: 10_000,
    };
    await this.engine.store(transaction);
    return id;
  }

  async record(id: string): Promise<TransactionRecord<TransferQuery, TransferRefusal>> {
    const [record] = await this.engine.engine.transactionStore.read([id]);
    if (!record) throw new Error(`no transaction ${id}`);
    return record;
  }

  async close(): Promise<void> {
    await this.life.stop();
    await this.engine.close();
    await this.backend.close();
  }
}

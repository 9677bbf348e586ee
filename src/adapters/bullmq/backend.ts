import {
  createPostgresBackend,
  type PostgresConnectionOptions,
  type PostgresQueueBackend,
  type Processor,
  Queue,
  Worker,
  type WorkerOptions,
} from 'bullmq';
import type { Redis } from 'ioredis';
import type { Log } from '../../engine/log';
import { type JobData, type JobName, type JobResult, QUEUE_NAME } from './jobs';
import { connectConsumer, connectProducer, identityOf } from './redisConnection';
import type { JobTelemetry } from './telemetry';

type RedisQueue = Queue<JobData, JobResult, JobName>;
type PostgresQueue = Queue<
  JobData,
  JobResult,
  JobName,
  JobData,
  JobResult,
  JobName,
  PostgresQueueBackend,
  PostgresConnectionOptions
>;

/** The coordinator's queue. The calls are the same for both backends. */
export type CoordinatorQueue = RedisQueue | PostgresQueue;
export type CoordinatorProcessor = Processor<JobData, JobResult, JobName>;

export interface CoordinatorWorker {
  /** Takes jobs from now on, until the worker is closed. */
  run(): Promise<void>;
  /** Takes no more jobs; resolves when the running jobs are done. */
  close(): Promise<void>;
  waitUntilReady(): Promise<unknown>;
}

export interface QueueBackend {
  readonly kind: 'redis' | 'postgres';
  /** Processes on one database share their jobs if their queues have the same identity. Contains no secrets. */
  readonly identity: string;
  /** Pause between two jobs that wake drivers; see `WakeUps`. */
  readonly pauseMs: number;
  readonly queue: CoordinatorQueue;
  /** False while the backend is known to be out of reach: adding a job would fail. */
  available(): boolean;
  /** A worker that connects and takes no jobs yet. */
  createWorker(processor: CoordinatorProcessor, concurrency: number): CoordinatorWorker;
  /** Closes the queue. The caller closes the workers that it started before that. */
  close(): Promise<void>;
}

/**
 * The schema of BullMQ's tables in a PostgreSQL database, and the prefix of its keys in Redis. PostgreSQL searches the
 * schema named like the database user first, so a user of this name would not find our tables. No database user is
 * likely to have it.
 */
const NAMESPACE = 'tandem_queue';

/** Connections to PostgreSQL of each process that adds or runs jobs. */
export const QUEUE_CONNECTIONS_MAX = 8;

/** How long a statement of the queue may take before PostgreSQL counts as away. */
const ANSWER_MS = 10_000;

/** A job costs PostgreSQL about ten statements. Fewer, larger jobs leave it more time for the transfers. */
const POSTGRES_PAUSE_MS = 10;

/** How long a killed worker's job stays locked before another worker treats it as stalled. */
const LOCK_MS = 30_000;

const WORKER: Pick<WorkerOptions, 'autorun' | 'lockDuration' | 'maxStalledCount' | 'drainDelay'> = {
  // If a worker runs before it has its connections, it retries without a pause.
  autorun: false,
  lockDuration: LOCK_MS,
  // The sweep resumes the transactions of a dead worker. A stalled drive job that runs again finds them done.
  maxStalledCount: 3,
  drainDelay: 5,
};

export function postgresBackend(connectionString: string, log: Log, telemetry?: JobTelemetry): QueueBackend {
  const traces = telemetry ? { telemetry } : {};
  const connection = {
    connectionString,
    schema: NAMESPACE,
    max: QUEUE_CONNECTIONS_MAX,
    connectionTimeoutMillis: 2_000,
    query_timeout: ANSWER_MS,
    // A process that pauses during its migration must not keep the others waiting for the migration lock.
    idle_in_transaction_session_timeout: ANSWER_MS,
    keepAlive: true,
  };
  const migrating = { ...connection, migrate: true };
  const queue: PostgresQueue = new Queue(QUEUE_NAME, { connection: migrating, ...traces }, createBackend);
  const onError = logErrors(log);
  queue.on('error', onError);
  return {
    kind: 'postgres',
    identity: 'postgres',
    pauseMs: POSTGRES_PAUSE_MS,
    queue,
    available: () => true,
    createWorker: (processor, concurrency) => {
      const worker = new Worker(
        QUEUE_NAME,
        processor,
        { connection, concurrency, ...WORKER, ...traces },
        createBackend,
      );
      worker.on('error', onError);
      return worker;
    },
    close: () => queue.close(),
  };
}

/**
 * A client that breaks between two statements of one checkout emits its error only to its own listeners. The pool does
 * not listen to it then, and an error without a listener ends the process.
 */
const createBackend: typeof createPostgresBackend = (name, options, factoryOptions) => {
  const backend = createPostgresBackend(name, options, factoryOptions);
  backend.connection.pool.on('connect', (client) => client.on('error', () => undefined));
  return backend;
};

/** Resolves when Redis is connected. Rejects with one clear line when Redis cannot be reached or would drop jobs. */
export async function redisBackend(url: string, log: Log, telemetry?: JobTelemetry): Promise<QueueBackend> {
  const traces = telemetry ? { telemetry } : {};
  const onError = logErrors(log);
  const producer = await connectProducer(url, log);
  producer.on('error', onError);
  let consumer: Redis | undefined;
  const queue: RedisQueue = new Queue(QUEUE_NAME, {
    connection: producer,
    prefix: NAMESPACE,
    skipWaitingForReady: true,
    ...traces,
  });
  queue.on('error', onError);
  return {
    kind: 'redis',
    identity: identityOf(url),
    pauseMs: 0,
    queue,
    available: () => producer.status === 'ready',
    createWorker: (processor, concurrency) => {
      consumer ??= connectConsumer(url, onError);
      const worker = new Worker(QUEUE_NAME, processor, {
        connection: consumer,
        prefix: NAMESPACE,
        concurrency,
        ...WORKER,
        ...traces,
      });
      worker.on('error', onError);
      return worker;
    },
    close: async () => {
      await queue.close();
      producer.disconnect();
      consumer?.disconnect();
    },
  };
}

/** BullMQ's error when a job ends that the queue no longer knows, for example after the queue was emptied. */
const LOST_JOB = /^(Missing (key|lock) for job|Lock mismatch for job) /;

/** A lost connection repeats its error with every attempt to reconnect. Log at most one line a second. */
function logErrors(log: Log): (error: Error) => void {
  let lastMs = Number.NEGATIVE_INFINITY;
  return (error) => {
    if (LOST_JOB.test(error.message)) {
      log.debug({ err: error }, 'the queue lost a job while it ran; what it was for is in the database');
      return;
    }
    const nowMs = performance.now();
    if (nowMs - lastMs < 1_000) return;
    lastMs = nowMs;
    log.warn({ err: error }, 'the job queue reported an error');
  };
}

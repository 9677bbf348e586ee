import {
  createPostgresBackend,
  type PostgresConnectionOptions,
  type PostgresQueueBackend,
  type Processor,
  Queue,
  Worker,
  type WorkerOptions,
} from 'bullmq';
import { Redis } from 'ioredis';
import type { Log } from '../../engine/ports';
import { type JobData, type JobName, type JobResult, QUEUE_NAME } from './jobs';
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

/** The coordinator's queue: the same calls, whichever backend keeps it. */
export type CoordinatorQueue = RedisQueue | PostgresQueue;
export type CoordinatorProcessor = Processor<JobData, JobResult, JobName>;

export interface CoordinatorWorker {
  /** Takes no more jobs; resolves when those it runs are done, or at once with `force`. */
  close(force?: boolean): Promise<void>;
  waitUntilReady(): Promise<unknown>;
}

export interface QueueBackend {
  readonly kind: 'redis' | 'postgres';
  readonly queue: CoordinatorQueue;
  /** False while the backend is known to be out of reach: adding a job would fail. */
  available(): boolean;
  /** One worker at a time; another may be started while the last one finishes its jobs. */
  startWorker(processor: CoordinatorProcessor, concurrency: number): CoordinatorWorker;
  /** Closes the queue. Workers are closed by whoever started them, before. */
  close(): Promise<void>;
}

/**
 * Where BullMQ keeps its tables in a PostgreSQL database, and the prefix of its keys in Redis. Not the name that a
 * database user is likely to have: PostgreSQL looks for tables in the schema called like the user first, and would find
 * none of ours there.
 */
const NAMESPACE = 'tandem_queue';

/** How long a killed worker's job stays locked before another worker takes it for stalled. */
const LOCK_MS = 30_000;

const WORKER: Pick<WorkerOptions, 'lockDuration' | 'maxStalledCount' | 'drainDelay'> = {
  lockDuration: LOCK_MS,
  // The sweep resumes what a dead worker held; a stalled drive job that runs again finds it done.
  maxStalledCount: 3,
  drainDelay: 5,
};

export function postgresBackend(connectionString: string, log: Log, telemetry?: JobTelemetry): QueueBackend {
  const traces = telemetry ? { telemetry } : {};
  const connection = { connectionString, schema: NAMESPACE, migrate: true, max: 8, connectionTimeoutMillis: 2_000 };
  const queue: PostgresQueue = new Queue(QUEUE_NAME, { connection, ...traces }, createPostgresBackend);
  const onError = logErrors(log);
  queue.on('error', onError);
  return {
    kind: 'postgres',
    queue,
    available: () => true,
    startWorker: (processor, concurrency) => {
      const worker = new Worker(
        QUEUE_NAME,
        processor,
        { connection, concurrency, ...WORKER, ...traces },
        createPostgresBackend,
      );
      worker.on('error', onError);
      return worker;
    },
    close: () => queue.close(),
  };
}

/** Resolves when Redis is connected; throws one clear line when it cannot be reached or would drop jobs. */
export async function redisBackend(url: string, log: Log, telemetry?: JobTelemetry): Promise<QueueBackend> {
  const traces = telemetry ? { telemetry } : {};
  const onError = logErrors(log);
  const producer = await connectProducer(url, log);
  producer.on('error', onError);
  let consumer: Redis | undefined;
  // A worker waits for as long as it takes; BullMQ requires it of blocking connections.
  const connectConsumer = (): Redis => {
    const redis = new Redis(url, { maxRetriesPerRequest: null, connectTimeout: 2_000, retryStrategy });
    redis.on('error', onError);
    return redis;
  };
  const queue: RedisQueue = new Queue(QUEUE_NAME, {
    connection: producer,
    prefix: NAMESPACE,
    skipWaitingForReady: true,
    ...traces,
  });
  queue.on('error', onError);
  return {
    kind: 'redis',
    queue,
    available: () => producer.status === 'ready',
    startWorker: (processor, concurrency) => {
      consumer ??= connectConsumer();
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

/** Quick at first, for a restart takes a moment; never slower than a second, for the queue is wanted back. */
function retryStrategy(attempt: number): number {
  return Math.min(50 * attempt, 1_000);
}

/** A lost connection repeats its error with every attempt to reconnect: one line a second is enough. */
function logErrors(log: Log): (error: Error) => void {
  let lastMs = Number.NEGATIVE_INFINITY;
  return (error) => {
    const nowMs = performance.now();
    if (nowMs - lastMs < 1_000) return;
    lastMs = nowMs;
    log.warn({ err: error }, 'the job queue reported an error');
  };
}

/** A producer fails at once while Redis is away: the request is told so, instead of waiting for a reconnection. */
async function connectProducer(url: string, log: Log): Promise<Redis> {
  const producer = new Redis(url, {
    maxRetriesPerRequest: 1,
    enableOfflineQueue: false,
    connectTimeout: 2_000,
    lazyConnect: true,
    retryStrategy,
  });
  let reason: unknown;
  const remember = (error: unknown): void => {
    reason = error;
  };
  producer.on('error', remember);
  try {
    await producer.connect();
    await expectNoEviction(producer, log);
  } catch (error) {
    producer.disconnect();
    if (reason === undefined) throw error;
    throw new Error(`Redis at REDIS_URL cannot be reached: ${reason instanceof Error ? reason.message : 'no answer'}`, {
      cause: error,
    });
  }
  producer.off('error', remember);
  return producer;
}

/** Refuses a Redis that would throw jobs away when its memory is full; one that keeps its settings to itself passes. */
async function expectNoEviction(redis: Redis, log: Log): Promise<void> {
  const policy = await maxmemoryPolicy(redis, log);
  if (policy === undefined || policy === 'noeviction') return;
  throw new Error(`Redis has maxmemory-policy ${policy}, which lets it drop jobs. Set it to noeviction.`);
}

async function maxmemoryPolicy(probe: Redis, log: Log): Promise<string | undefined> {
  try {
    const reply = await probe.config('GET', 'maxmemory-policy');
    return Array.isArray(reply) ? String(reply[1]) : undefined;
  } catch (error) {
    log.warn({ err: error }, 'Redis does not tell its maxmemory-policy; make sure that it is noeviction');
    return undefined;
  }
}

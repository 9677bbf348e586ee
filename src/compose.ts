import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { QueueBackend } from './adapters/bullmq/backend';
import { lastError } from './adapters/bullmq/lastError';
import { QueueDepth } from './adapters/bullmq/queueDepth';
import { BullmqWakeUps } from './adapters/bullmq/wakeUps';
import { startEmbeddedServer } from './adapters/postgres/embedded/server';
import { PostgresHistory } from './adapters/postgres/history';
import { migrate } from './adapters/postgres/migrate';
import { PostgresOperations } from './adapters/postgres/operations';
import { createHotPool } from './adapters/postgres/pool';
import { ReadPool } from './adapters/postgres/readPool';
import { transferCodec } from './adapters/postgres/transferCodec';
import { PostgresWallets } from './adapters/postgres/wallets';
import { composeAuth } from './composeAuth';
import { composeDashboard } from './composeDashboard';
import { composeEngine, type Engine } from './composeEngine';
import { openQueue, startJobs } from './composeJobs';
import { composeMetrics } from './composeMetrics';
import { composeTracing } from './composeTracing';
import type { Config } from './config';
import { createApp } from './http/app';
import type { Authenticator } from './http/auth/authenticator';
import { DEFAULT_LIMITS, type HttpDeps } from './http/deps';
import { Draining } from './http/draining';
import { DASHBOARD_PATH } from './http/routes/operations';
import { HttpServer } from './http/server';
import { Lifecycle } from './lifecycle';
import { listen } from './listen';
import { createReadiness } from './readiness';
import { every, within } from './timing';

export interface Service {
  readonly address: AddressInfo;
  /** For people: where the data is and what the queue runs on. */
  readonly database: string;
  readonly queue: QueueBackend['kind'];
  /** Drains and stops everything that was started, in the opposite order, within about five seconds. Idempotent. */
  stop(): Promise<void>;
}

/** How often the queue is asked for its depth. */
const DEPTH_EVERY_MS = 500;
const JOB_RETENTION = { keepCompleted: 1_000, keepFailed: 1_000 };
/** Together with the jobs' own second these stay under the five seconds that a stop may take. */
const WAITING_REQUESTS_MS = 2_000;
const HTTP_STOP_MS = 3_000;
const ENGINE_STOP_MS = 500;
const EMBEDDED_STOP_MS = 3_000;

/** Starts the whole service. What was started before something failed is stopped again. */
export async function start(config: Config, log: Logger, about: { name: string; version: string }): Promise<Service> {
  const life = new Lifecycle(log);
  try {
    return await compose(config, log, about, life);
  } catch (error) {
    await life.stop();
    throw error;
  }
}

async function compose(
  config: Config,
  log: Logger,
  about: { name: string; version: string },
  life: Lifecycle,
): Promise<Service> {
  const authenticator = await composeAuth(config, log);
  const database = await openDatabase(config, log, life);
  const applied = await migrate(database.url);
  if (applied.length > 0) log.info({ migrations: applied }, 'the schema was brought up to date');
  const pool = createHotPool(
    {
      connectionString: database.url,
      connectionsMax: config.DATABASE_CONNECTIONS_MAX,
      connectTimeoutMs: 1_000,
      statementTimeoutMs: 10_000,
    },
    log,
  );
  life.started('database pool', () => pool.end());
  const reads = new ReadPool(
    {
      connectionString: database.url,
      connectionsMax: config.READ_CONNECTIONS_MAX,
      acquireTimeoutMs: 1_000,
      statementTimeoutMs: 5_000,
    },
    log,
  );
  life.started('read pool', () => reads.close());
  const telemetry = await composeTracing(config, about, life);
  const backend = await openQueue(config, database.url, log, telemetry);
  life.started('queue', () => backend.close());
  const depth = new QueueDepth(backend.queue, config.JOB_WAIT_MAX_MS);
  const jobs = new BullmqWakeUps(backend, JOB_RETENTION, depth);
  life.started(
    'queue depth',
    every(DEPTH_EVERY_MS, () => depth.measure(), log, 'the queue did not tell its depth'),
  );
  const engine = composeEngine(config, pool, jobs, log);
  life.started('engine', () => drain(engine, log));
  life.started(
    'passivation',
    every(config.ACTOR_IDLE_MS / 8, () => void engine.accounts.passivateIdle(), log, 'passivation failed'),
  );
  const runner =
    config.ROLE === 'api' ? undefined : await startJobs(config, database.url, backend, engine, jobs, reads, log, life);
  const runsJobs = (): boolean => runner?.runs ?? false;
  const address = await startHttp(config, log, about, { engine, backend, authenticator, pool, reads, runsJobs }, life);
  return { address, database: database.place, queue: backend.kind, stop: () => life.stop() };
}

async function openDatabase(config: Config, log: Logger, life: Lifecycle): Promise<{ url: string; place: string }> {
  if (config.DATABASE_URL !== undefined) return { url: config.DATABASE_URL, place: 'DATABASE_URL' };
  const place = join(config.DATA_DIR, 'postgres');
  const server = await startEmbeddedServer(place);
  const stop = async (): Promise<void> => {
    if ((await server.stop()) === 'left') log.info({}, 'the embedded PostgreSQL is left running');
  };
  life.started('embedded PostgreSQL', stop, EMBEDDED_STOP_MS);
  log.info({ found: server.found, data: place }, 'embedded PostgreSQL is running');
  return { url: server.connectionString, place };
}

interface HttpParts {
  readonly engine: Engine;
  readonly backend: QueueBackend;
  readonly authenticator: Authenticator;
  readonly pool: Pool;
  readonly reads: ReadPool;
  readonly runsJobs: () => boolean;
}

async function startHttp(
  config: Config,
  log: Logger,
  about: { name: string; version: string },
  { engine, backend, authenticator, pool, reads, runsJobs }: HttpParts,
  life: Lifecycle,
): Promise<AddressInfo> {
  const draining = new Draining();
  const operations = new PostgresOperations(reads, transferCodec);
  const metrics = composeMetrics({ engine, pool, reads, backend, operations, runsJobs });
  life.started('metrics', async () => metrics.stop());
  const deps: HttpDeps = {
    ...about,
    operationsOnly: config.ROLE === 'worker',
    authenticator,
    accounts: engine.accounts,
    accountStore: engine.accountStore,
    coordinator: engine.coordinator,
    history: new PostgresHistory(reads, transferCodec),
    wallets: new PostgresWallets(reads),
    operations: {
      stuck: (olderThanMs, limit) => operations.stuck(olderThanMs, limit),
      drive: (id) => engine.coordinator.drive([id], { repeats: false }),
      lastError: (resumption) => lastError(backend.queue, resumption),
    },
    metrics,
    dashboard: composeDashboard(backend.queue, DASHBOARD_PATH),
    readiness: createReadiness(config, engine.transactionStore, backend, draining),
    draining,
    log,
    limits: {
      ...DEFAULT_LIMITS,
      requestsInFlightMax: config.REQUESTS_IN_FLIGHT_MAX,
      ...(config.RATE_LIMIT_PER_SECOND > 0 && { requestsPerSecond: config.RATE_LIMIT_PER_SECOND }),
    },
    transferTimeoutMs: config.TRANSFER_TIMEOUT_MS,
    httpWaitMs: config.HTTP_WAIT_MS,
  };
  const app = createApp(deps);
  const [server, address] = await listen(() => HttpServer.create(app), config.HOST, config.PORT, log);
  const stop = async (): Promise<void> => {
    draining.begin();
    // Transfers that are not final by then are answered 202, with where to ask for them later.
    const letGo = setTimeout(() => engine.finals.stop(), WAITING_REQUESTS_MS);
    await server.close(HTTP_STOP_MS);
    clearTimeout(letGo);
  };
  life.started('http', stop, HTTP_STOP_MS + 500);
  return address;
}

/** Lets what is being driven and written come to its end, or to where the next driver goes on. */
async function drain(engine: Engine, log: Logger): Promise<void> {
  engine.finals.stop();
  const drained = Promise.all([
    engine.coordinator.drained(),
    engine.wakeUps.drained(),
    engine.accountStore.drained(),
    engine.transactionStore.drained(),
  ]);
  if (!(await within(ENGINE_STOP_MS, drained)))
    log.warn(
      { driving: engine.coordinator.load },
      'stopped with transactions unfinished; they are resumed elsewhere or at the next start',
    );
}

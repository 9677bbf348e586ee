import type { AddressInfo } from 'node:net';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { QueueBackend } from '../adapters/bullmq/backend';
import { lastError } from '../adapters/bullmq/lastError';
import { QueueDepth } from '../adapters/bullmq/queueDepth';
import { BullmqWakeUps } from '../adapters/bullmq/wakeUps';
import { createHotPool } from '../adapters/postgres/pool';
import { PostgresFeed } from '../adapters/postgres/reads/feed';
import { PostgresHistory } from '../adapters/postgres/reads/history';
import { PostgresOperations } from '../adapters/postgres/reads/operations';
import { ReadPool } from '../adapters/postgres/reads/readPool';
import { PostgresWallets } from '../adapters/postgres/reads/wallets';
import { transferCodec } from '../adapters/postgres/transactions/transferCodec';
import type { Config } from '../config';
import type { TransferQuery, TransferRefusal } from '../domain/transfer';
import { Feed } from '../engine/feed/feed';
import type { Log } from '../engine/log';
import { journalFlushed } from '../engine/telemetry';
import { createApp } from '../http/app';
import type { Authenticator } from '../http/auth/authenticator';
import { Draining } from '../http/connections/draining';
import { HttpServer } from '../http/connections/server';
import { DEFAULT_LIMITS, type HttpDeps, type Readiness } from '../http/deps';
import { EventLoopLoad } from '../http/requests/eventLoopLoad';
import { DASHBOARD_PATH } from '../http/routes/operations';
import { composeAuth } from './composeAuth';
import { composeDashboard } from './composeDashboard';
import { composeEngine, type Engine, postgresStores } from './composeEngine';
import { openQueue, startJobs } from './composeJobs';
import { composeMetrics } from './composeMetrics';
import { type ComposedParticipants, composeDemo, composeParticipants } from './composeParticipants';
import { composePeers } from './composePeers';
import { composeTracing } from './composeTracing';
import { type ComposedWebhooks, composeWebhooks } from './composeWebhooks';
import { Lifecycle } from './lifecycle';
import { expectFree, listen } from './listen';
import { openDatabase } from './openDatabase';
import { quietLog } from './quietLog';
import { createReadiness } from './readiness';
import { ReadinessWatch } from './readinessWatch';
import { every, within } from './timing';

export interface Service {
  readonly address: AddressInfo;
  /** Text for people: where the data is, and what the queue runs on. */
  readonly database: string;
  readonly queue: QueueBackend['kind'];
  /** Resolves when everything that the service needs is available. */
  readonly ready: Promise<void>;
  /** Text for people: what the service lacks to be ready. */
  lacks(): string;
  /** Drains and stops every part in reverse order of its start, within about five seconds. Idempotent. */
  stop(): Promise<void>;
}

/** How often the service asks the queue for its depth. */
const DEPTH_EVERY_MS = 500;
const READINESS_EVERY_MS = 1_000;
const JOB_RETENTION = { keepCompleted: 1_000, keepFailed: 1_000 };
/** Together with the second for the jobs, these limits stay below the five seconds that a stop may take. */
const WAITING_REQUESTS_MS = 2_000;
const HTTP_STOP_MS = 3_000;
const ENGINE_STOP_MS = 500;

/** Starts the whole service. If a part fails to start, stops the parts that were started before. */
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
  logger: Logger,
  about: { name: string; version: string },
  life: Lifecycle,
): Promise<Service> {
  const watch = new ReadinessWatch(logger);
  const log = quietLog(logger, (error) => watch.suspect(error));
  const authenticator = await composeAuth(config, log, life);
  // Before anything is started, so that a bad file ends the start at once.
  const demo = await composeDemo(config, life);
  const participants = composeParticipants(config, log, life, demo);
  await expectFree(config.HOST, config.PORT, log);
  const database = await openDatabase(config, log, life);
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
  // This process leads nothing until it runs jobs. What it begins before that is left to a job.
  let runsJobs = (): boolean => false;
  const depth = new QueueDepth(backend.queue, config.JOB_WAIT_MAX_MS);
  const jobs = new BullmqWakeUps(backend, JOB_RETENTION, depth, () => runsJobs() || watch.areJobsRun);
  life.started(
    'queue depth',
    every(DEPTH_EVERY_MS, () => depth.measure(), log, 'the queue did not tell its depth'),
  );
  const stores = postgresStores(config, pool);
  const peers = composePeers(config, about.version, pool, backend.identity, () => runsJobs(), logger, log, life);
  const engine = composeEngine(config, stores, jobs, participants.remote, peers.handOvers, log, () => runsJobs());
  life.started('engine', () => drain(engine, log));
  life.started('link to the leader', () => peers.stop());
  life.started(
    'passivation',
    every(config.ACTOR_IDLE_MS / 8, () => void engine.accounts.passivateIdle(), log, 'passivation failed'),
  );
  const feedStore = new PostgresFeed(reads, transferCodec);
  const feed = new Feed(feedStore, log);
  const unheard = journalFlushed.listen(({ outcome }) => {
    if (outcome === 'written') feed.wrote();
  });
  life.started('feed', () => {
    unheard();
    return feed.stop();
  });
  const webhooks = composeWebhooks(config, database.url, reads, backend, feed, log, life);
  const runner =
    config.ROLE === 'api'
      ? undefined
      : await startJobs(config, database.url, backend, engine, jobs, reads, webhooks.deliver, log, life);
  runsJobs = () => runner?.runs ?? false;
  if (runner) webhooks.begin(runsJobs);
  if (runner) await peers.takeWork(engine, runner);
  const draining = new Draining();
  const look = createReadiness(config, engine.transactionStore, stores.journal, backend, draining, (error) =>
    watch.because(error),
  );
  watch.begin(look);
  const readiness = async (): Promise<Readiness> => {
    const seen = await look();
    watch.see(seen);
    return seen;
  };
  const parts = {
    engine,
    feed,
    feedStore,
    webhooks,
    participants,
    demo,
    backend,
    authenticator,
    pool,
    reads,
    runsJobs,
    draining,
    readiness,
  };
  const address = await startHttp(config, logger, about, parts, life);
  await watch.check();
  const looking = every(READINESS_EVERY_MS, () => watch.check(), log, 'the readiness watch failed');
  life.started('readiness watch', () => {
    watch.end();
    return looking();
  });
  return {
    address,
    database: database.place,
    queue: backend.kind,
    ready: watch.ready,
    lacks: () => watch.lacks,
    stop: () => life.stop(),
  };
}

interface HttpParts {
  readonly engine: Engine;
  readonly feed: Feed<TransferQuery, TransferRefusal>;
  readonly feedStore: PostgresFeed<TransferQuery, TransferRefusal>;
  readonly webhooks: ComposedWebhooks;
  readonly participants: ComposedParticipants;
  readonly demo: HttpDeps['demo'];
  readonly backend: QueueBackend;
  readonly authenticator: Authenticator;
  readonly pool: Pool;
  readonly reads: ReadPool;
  readonly runsJobs: () => boolean;
  readonly draining: Draining;
  readonly readiness: HttpDeps['readiness'];
}

async function startHttp(
  config: Config,
  log: Logger,
  about: { name: string; version: string },
  parts: HttpParts,
  life: Lifecycle,
): Promise<AddressInfo> {
  const { engine, feed, webhooks, participants, backend, reads, draining } = parts;
  const operations = new PostgresOperations(reads, transferCodec);
  const metrics = composeMetrics({
    ...parts,
    operations,
    webhookHealth: webhooks.health,
    participants: participants.remote,
  });
  life.started('metrics', async () => metrics.stop());
  const deps: HttpDeps = {
    ...about,
    operationsOnly: config.ROLE === 'worker',
    authenticator: parts.authenticator,
    commands: engine.commands,
    journal: engine.journal,
    coordinator: engine.coordinator,
    participants: participants.remote,
    demo: parts.demo,
    ...(participants.callers && { coordinators: { callers: participants.callers, branches: engine.foreign } }),
    foreign: engine.foreign,
    history: new PostgresHistory(reads, transferCodec),
    wallets: new PostgresWallets(reads),
    feed,
    webhooks: webhooks.http,
    operations: {
      stuck: (...asked) => operations.stuck(...asked),
      openForeign: (...asked) => operations.openForeign(...asked),
      waitingCalls: () => operations.waitingCalls(),
      drive: (id) => engine.drives.drive([id], { repeats: false }),
      lastError: (resumption) => lastError(backend.queue, resumption),
    },
    metrics,
    dashboard: composeDashboard(backend.queue, DASHBOARD_PATH),
    readiness: parts.readiness,
    draining,
    load: new EventLoopLoad(),
    allowed: { hosts: config.ALLOWED_HOSTS ?? [], origins: config.ALLOWED_ORIGINS ?? [] },
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
  const [server, address] = await listen(HttpServer.create(app), config.HOST, config.PORT);
  const stop = async (): Promise<void> => {
    draining.begin();
    // Event streams would never end by themselves.
    feed.end();
    // Requests for transfers that are not final by then get a 202, which says where to ask later.
    const letGo = setTimeout(() => engine.finals.stop(), WAITING_REQUESTS_MS);
    await server.close(HTTP_STOP_MS);
    clearTimeout(letGo);
  };
  life.started('http', stop, HTTP_STOP_MS + 500);
  return address;
}

/** Lets drives and writes in flight finish, or stop where the next driver goes on. */
async function drain(engine: Engine, log: Log): Promise<void> {
  engine.finals.stop();
  const drained = Promise.all([engine.drives.drained(), engine.wakeUps.drained(), engine.commit.drained()]);
  if (!(await within(ENGINE_STOP_MS, drained)))
    log.warn(
      { driving: engine.drives.load },
      'stopped with transactions unfinished; they are resumed elsewhere or at the next start',
    );
}

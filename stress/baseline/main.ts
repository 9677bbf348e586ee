import { env } from 'node:process';
import { Pool, type QueryResult } from 'pg';
import { name, version } from '../../package.json';
import { Metrics } from '../../src/adapters/prometheus/metrics';
import { PLAIN_TERMS } from '../../src/domain/account/state';
import type { AccountSnapshot } from '../../src/engine/journal/entries';
import { createApp } from '../../src/http/app';
import { openAuthenticator } from '../../src/http/auth/authenticator';
import { Draining } from '../../src/http/connections/draining';
import { HttpServer } from '../../src/http/connections/server';
import { DEFAULT_LIMITS, type HttpDeps } from '../../src/http/deps';
import { EventLoopLoad } from '../../src/http/requests/eventLoopLoad';
import { createLog } from '../../src/service/log';
import { createBaselineCoordinator } from './coordinator';

/** The service that people commonly write today, behind this service's HTTP layer. `DATABASE_URL`, `PORT` and `POOL` configure it. */
async function main(): Promise<void> {
  const log = createLog(env['LOG_LEVEL'] ?? 'warn');
  const pool = new Pool({
    connectionString: env['DATABASE_URL'],
    max: Number(env['POOL']),
    application_name: 'baseline',
  });
  pool.on('error', (error) => log.warn({ err: error }, 'an idle database connection was lost'));
  const draining = new Draining();
  const deps: HttpDeps = {
    name,
    version,
    journal: { load: (ids) => Promise.all(ids.map((id) => load(pool, id))) },
    coordinator: createBaselineCoordinator(pool),
    authenticator: openAuthenticator(),
    readiness: async () => {
      await pool.query('select 1');
      return { ready: true, checks: {} };
    },
    metrics: countRequests(),
    dashboard: (_request, _response, next) => next(),
    commands: absent(),
    participants: absent(),
    foreign: absent(),
    wallets: absent(),
    operations: absent(),
    webhooks: { store: absent(), whyRefused: notPartOfIt },
    history: absent(),
    feed: absent(),
    draining,
    load: new EventLoopLoad(),
    log,
    limits: DEFAULT_LIMITS,
    transferTimeoutMs: 10_000,
    httpWaitMs: 15_000,
  };
  const server = HttpServer.create(createApp(deps));
  await server.listen('127.0.0.1', Number(env['PORT']));
  process.once('SIGTERM', () => {
    draining.begin();
    server
      .close(1_000)
      .then(() => pool.end())
      .then(
        () => process.exit(0),
        (error: unknown) => {
          log.error({ err: error }, 'the baseline did not stop cleanly');
          process.exit(1);
        },
      );
  });
}

async function load(pool: Pool, id: string): Promise<AccountSnapshot> {
  const result: QueryResult<{ balance: string }> = await pool.query({
    name: 'load_account',
    text: 'select balance from accounts where id = $1',
    values: [id],
  });
  const [row] = result.rows;
  if (!row) return { state: { status: 'absent' }, seq: 0, branches: [] };
  const balance = BigInt(row.balance);
  return { state: { status: 'open', balance, held: 0n, incoming: 0n, terms: PLAIN_TERMS }, seq: 0, branches: [] };
}

/** The service counts its requests, so the baseline does too. There is no other metric. */
function countRequests(): Metrics {
  const unused = { used: 0, free: 0, waiting: 0 };
  return new Metrics({
    actors: () => 0,
    mailboxes: () => 0,
    runsJobs: () => false,
    hotPool: () => unused,
    readPool: () => unused,
    queue: () => Promise.resolve({}),
    checks: () => Promise.resolve({}),
    pending: () => Promise.resolve([]),
    participants: () => [],
    followers: () => 0,
    feedLagSeconds: () => Promise.resolve(0),
    webhooks: () => Promise.resolve({ enabled: 0, disabled: 0, pending: 0, oldestSeconds: 0 }),
    waitingCalls: () => Promise.resolve([]),
  });
}

/** A part of the service that a transfer does not need. The baseline has none, and a call to it throws. */
function absent<T extends object>(): T {
  return new Proxy({} as T, { get: () => notPartOfIt });
}

function notPartOfIt(): never {
  throw new Error('the baseline knows transfers and balances only');
}

main().catch((error: unknown) => {
  process.stderr.write(`the baseline failed: ${String(error)}\n`);
  process.exit(1);
});

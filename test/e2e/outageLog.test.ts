import { PostgresServer } from '../kit/postgres';
import { RedisServer } from '../kit/redis';
import type { ServiceProcess } from '../kit/serviceProcess';
import { eventually } from '../kit/wait';
import { BankClient } from '../support/bankClient';
import { Load } from '../support/load';
import { type LoggedLine, logLines, WARN } from '../support/logLines';
import { TestDatabase } from '../support/testDatabase';
import { TestServices } from '../support/testService';

const ACCOUNTS = ['oa', 'ob', 'oc', 'od'];

let server: PostgresServer;
let database: TestDatabase;
let services: TestServices;
let redis: RedisServer | undefined;

beforeAll(async () => {
  server = await PostgresServer.start();
  database = await TestDatabase.createOn(server);
  services = new TestServices({ DATABASE_URL: database.url, LOG_LEVEL: 'info', HTTP_WAIT_MS: '1000' });
});

afterAll(async () => {
  await services.remove();
  await server.remove();
  await redis?.kill();
});

/** What a process has said since it was ready, warnings and what is of dependencies. */
function saidSinceReady(service: ServiceProcess): readonly LoggedLine[] {
  const lines = logLines(services.logOf(service));
  const ready = lines.findIndex(({ msg }) => msg.includes('is ready at'));
  expect(ready).toBeGreaterThanOrEqual(0);
  return lines.slice(ready + 1).filter(({ level, msg }) => level >= WARN || /away|back|again/.test(msg));
}

const messages = (service: ServiceProcess): readonly string[] => saidSinceReady(service).map(({ msg }) => msg);

function untilSaid(service: ServiceProcess, text: string, times: number): Promise<true> {
  const said = () => (messages(service).filter((msg) => msg === text).length >= times ? true : undefined);
  return eventually(`"${text}" is said ${times} times`, said, { deadlineMs: 60_000 });
}

/** Loads the service while something is taken from it and given back, twice. */
async function outages(
  service: ServiceProcess,
  away: string,
  back: string,
  take: () => Promise<void>,
  give: () => Promise<void>,
  /** What transfers are answered while it is away. */
  answered: '200' | '503',
) {
  const bank = new BankClient(service.baseUrl);
  for (const account of ACCOUNTS) await bank.open(account, 1_000);
  const load = new Load([service.baseUrl], ACCOUNTS, 8);
  try {
    for (let times = 1; times <= 2; times += 1) {
      const before = load.succeeded();
      await eventually('transfers go through', () => (load.succeeded() > before + 20 ? true : undefined), {
        deadlineMs: 60_000,
      });
      await take();
      await untilSaid(service, away, times);
      const gone = load.outcomes.length;
      const many = (): true | undefined => ((load.counts(gone)[answered] ?? 0) > 20 ? true : undefined);
      await eventually(`many are answered ${answered}`, many, { deadlineMs: 60_000 });
      // As a balancer asks, which is answered what the log has said already.
      for (let n = 0; n < 5; n += 1) expect((await bank.get('/health/ready')).status).toBe(503);
      await give();
      await untilSaid(service, back, times);
    }
  } finally {
    await load.stop();
  }
}

test('a PostgreSQL that goes away and comes back under load is worth one line for each', async () => {
  const service = await services.start();
  const [away, back] = ['the database does not answer', 'the database answers again'];
  await outages(
    service,
    away,
    back,
    () => server.down('immediate'),
    () => server.up(),
    '503',
  );
  expect(messages(service).filter((msg) => !/the queue sweeps/.test(msg))).toEqual([away, back, away, back]);
  const [first] = saidSinceReady(service);
  expect(String(first?.['reason'])).toMatch(/ECONN|terminat|shut/);
});

(RedisServer.found() ? test : test.skip)(
  'a Redis that goes away and comes back under load is worth one line for each',
  async () => {
    const server = await RedisServer.start();
    redis = server;
    const service = await services.start({ REDIS_URL: server.url });
    const [away, back] = ['the job queue is away', 'the job queue is back'];
    await outages(
      service,
      away,
      back,
      () => server.kill(),
      () => server.up(),
      '200',
    );
    expect(messages(service).filter((msg) => !/the queue sweeps/.test(msg))).toEqual([away, back, away, back]);
  },
  240_000,
);

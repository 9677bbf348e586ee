import type { ServiceProcess } from '../kit/serviceProcess';
import { eventually } from '../kit/wait';
import { auditAtRest } from '../support/auditDatabase';
import { BankClient } from '../support/bankClient';
import { BACKENDS } from '../support/realJobs';
import { redisDatabase } from '../support/redisDatabase';
import { TestDatabase } from '../support/testDatabase';
import { TestServices } from '../support/testService';

const admin = { authorization: 'Bearer admin-token' };

async function runsJobs(service: ServiceProcess): Promise<boolean> {
  const response = await fetch(`${service.baseUrl}/metrics`, { headers: admin });
  return /^tandem_runs_jobs 1$/m.test(await response.text());
}

const untilItRuns = (service: ServiceProcess): Promise<true> =>
  eventually(`${service.settings.name} runs the jobs`, async () => ((await runsJobs(service)) ? true : undefined), {
    deadlineMs: 60_000,
    everyMs: 50,
  });

type Pair = readonly [ServiceProcess, ServiceProcess];

/** The one of two that runs the jobs, and the other. A busy machine may make a leader fall silent, so either of the two may lead. */
function leaderOf([first, second]: Pair): Promise<Pair> {
  return eventually<Pair>(
    'one of two runs the jobs',
    async () => {
      const [one, other] = await Promise.all([runsJobs(first), runsJobs(second)]);
      if (one === other) return undefined;
      return one ? [first, second] : [second, first];
    },
    { deadlineMs: 60_000, everyMs: 50 },
  );
}

describe.each(BACKENDS)('of several processes on %s one runs the jobs', (kind) => {
  let database: TestDatabase;
  let services: TestServices;

  beforeEach(async () => {
    database = await TestDatabase.create();
    const queue: Record<string, string> = kind === 'redis' ? { REDIS_URL: await redisDatabase() } : {};
    services = new TestServices({ DATABASE_URL: database.url, ...queue });
  });

  afterEach(async () => {
    await services.remove();
    await database.drop();
  });

  async function moves(service: ServiceProcess): Promise<void> {
    const answer = await new BankClient(service.baseUrl).post('/account/ann/transfer/to/ben/1');
    expect([answer.status, answer.body['status']]).toEqual([200, 'committed']);
  }

  test('the others stand by, and each takes transfers; a kill, a pause and a stop hand the lead on', async () => {
    const pair: Pair = [await services.start(), await services.start()];
    const bank = new BankClient(pair[0].baseUrl);
    for (const account of ['ann', 'ben']) await bank.open(account, 100);
    const [killed, survivor] = await leaderOf(pair);
    await Promise.all(pair.map(moves));

    await killed.kill();
    await untilItRuns(survivor);
    await moves(survivor);

    const [paused, standby] = await leaderOf([survivor, await services.start()]);
    paused.stop();
    await untilItRuns(standby);
    await moves(standby);
    paused.resume();
    const [stopped, last] = await leaderOf([paused, standby]);
    await Promise.all([moves(stopped), moves(last)]);

    expect(await stopped.terminate(60_000)).toBe(0);
    await untilItRuns(last);
    await moves(last);
    expect(await auditAtRest(database)).toEqual({ total: 200n, accounts: 2 });
    expect(await last.terminate(60_000)).toBe(0);
  });

  test('with JOB_RUNNERS=all every process runs them', async () => {
    const both = await Promise.all([1, 2].map(() => services.start({ JOB_RUNNERS: 'all' })));
    await Promise.all(both.map(untilItRuns));
    // Neither of them stops when it has found the other one.
    expect(await Promise.all(both.map(runsJobs))).toEqual([true, true]);
  });
});

import type { ServiceProcess } from '../../stress/infra/serviceProcess';
import { eventually } from '../../stress/infra/wait';
import { auditAtRest } from '../support/auditDatabase';
import { BankClient } from '../support/bankClient';
import { BACKENDS } from '../support/realJobs';
import { REDIS } from '../support/servers';
import { TestDatabase } from '../support/testDatabase';
import { TestServices } from '../support/testService';

const admin = { authorization: 'Bearer admin-token' };

async function runsJobs(service: ServiceProcess): Promise<boolean> {
  const response = await fetch(`${service.baseUrl}/metrics`, { headers: admin });
  return /^tandem_runs_jobs 1$/m.test(await response.text());
}

const untilItRuns = (service: ServiceProcess): Promise<true> =>
  eventually(`${service.settings.name} runs the jobs`, async () => ((await runsJobs(service)) ? true : undefined), {
    deadlineMs: 10_000,
    everyMs: 50,
  });

describe.each(BACKENDS)('of several processes on %s one runs the jobs', (kind) => {
  let database: TestDatabase;
  let services: TestServices;

  beforeEach(async () => {
    database = await TestDatabase.create();
    const queue: Record<string, string> = kind === 'redis' ? { REDIS_URL: redisDatabase() } : {};
    services = new TestServices({ DATABASE_URL: database.url, ...queue });
  });

  afterEach(async () => {
    await services.remove();
    await database.drop();
  });

  function redisDatabase(): string {
    const url = new URL(process.env[REDIS] ?? '');
    url.pathname = `/${(Number.parseInt(database.url.slice(-4), 16) % 15) + 1}`;
    return url.href;
  }

  async function moves(service: ServiceProcess): Promise<void> {
    const answer = await new BankClient(service.baseUrl).post('/account/ann/transfer/to/ben/1');
    expect([answer.status, answer.body['status']]).toEqual([200, 'committed']);
  }

  test('the others stand by, whoever is asked for a transfer; a kill, a stop and a pause hand the lead on', async () => {
    const first = await services.start();
    const bank = new BankClient(first.baseUrl);
    for (const account of ['ann', 'ben']) await bank.open(account, 100);
    const second = await services.start();
    expect(await Promise.all([first, second].map(runsJobs))).toEqual([true, false]);
    await Promise.all([moves(first), moves(second)]);
    expect(await Promise.all([first, second].map(runsJobs))).toEqual([true, false]);

    await first.kill();
    await untilItRuns(second);
    await moves(second);

    const third = await services.start();
    expect(await runsJobs(third)).toBe(false);
    second.stop();
    await moves(third);
    await untilItRuns(third);
    second.resume();
    await eventually('the one that was paused stands by', async () => ((await runsJobs(second)) ? undefined : true), {
      deadlineMs: 10_000,
      everyMs: 50,
    });
    await moves(second);

    // It led once already: a second worker of one process works as the first did.
    expect(await third.terminate(6_000)).toBe(0);
    await untilItRuns(second);
    await moves(second);
    expect(await auditAtRest(database)).toEqual({ total: 200n, accounts: 2 });
    expect(await second.terminate(6_000)).toBe(0);
  }, 90_000);

  test('with JOB_RUNNERS=all every process runs them', async () => {
    const both = await Promise.all([1, 2].map(() => services.start({ JOB_RUNNERS: 'all' })));
    expect(await Promise.all(both.map(runsJobs))).toEqual([true, true]);
  }, 60_000);
});

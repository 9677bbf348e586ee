import { eventually } from '../kit/wait';
import { auditAtRest } from '../support/auditDatabase';
import { BACKENDS, RealJobs } from '../support/realJobs';
import { TestDatabase } from '../support/testDatabase';

describe.each(BACKENDS)('the jobs of the coordinator on %s', (kind) => {
  let database: TestDatabase;
  let api: RealJobs;
  let worker: RealJobs;

  beforeAll(async () => {
    database = await TestDatabase.create();
    api = await RealJobs.start(database, kind, 'api');
    worker = await RealJobs.start(database, kind);
    await api.backend.queue.obliterate({ force: true });
    await api.engine.open('a', 10_000n);
    await api.engine.open('b', 10_000n);
  });

  afterAll(async () => {
    await worker.close();
    await api.close();
    await database.drop();
  });

  const untilCommitted = (id: string): Promise<true> =>
    eventually(
      `${id} is committed`,
      async () => ((await api.record(id)).state.status === 'committed' ? true : undefined),
      { deadlineMs: 30_000 },
    );

  test('a drive job carries the transactions that were created together, and tells what became of them', async () => {
    const ids = await Promise.all([1n, 2n, 20_000n].map((amount) => api.transfer('a', 'b', amount)));
    await eventually(
      'all are final',
      async () => {
        const statuses = await Promise.all(ids.map(async (id) => (await api.record(id)).state.status));
        return statuses.join() === 'committed,committed,aborted' ? true : undefined;
      },
      { deadlineMs: 30_000 },
    );
    const results = await eventually(
      'the job is kept as completed',
      async () => {
        const jobs = await api.backend.queue.getJobs(['completed']);
        const driven = jobs.filter(({ data }) => 'transactions' in data && data.transactions.includes(ids[0] ?? ''));
        return driven.length > 0 ? driven.map(({ returnvalue }) => returnvalue) : undefined;
      },
      { deadlineMs: 20_000 },
    );
    expect(results).toEqual([{ committed: 2, aborted: 1, failed: 0, left: 0 }]);
  });

  test('a resume job goes on with a transaction; asked for twice in one attempt it is one job', async () => {
    const id = await api.orphan('a', 'b', 3n);
    await api.wakeUps.resume([{ id, attempts: 7 }], 60_000);
    await api.wakeUps.resume([{ id, attempts: 7 }], 60_000);
    const delayed = await api.backend.queue.getJobs(['delayed']);
    expect(delayed.filter((job) => job.id === `resume-${id}-7`)).toHaveLength(1);
    await api.wakeUps.resume([{ id, attempts: 8 }], 0);
    await untilCommitted(id);
    const [job] = delayed.filter((one) => one.id === `resume-${id}-7`);
    await job?.remove();
  });

  test('the sweep finds a transfer that has no job', async () => {
    const ids = await Promise.all(Array.from({ length: 5 }, () => api.orphan('a', 'b', 1n)));
    for (const id of ids) await untilCommitted(id);
    for (const id of ids) expect((await api.record(id)).attempts).toBeGreaterThanOrEqual(1);
  });

  test('one job delivered several times at once moves money once', async () => {
    const before = await balances(api);
    const id = await api.orphan('a', 'b', 100n);
    await Promise.all(Array.from({ length: 5 }, () => api.wakeUps.drive([id])));
    await untilCommitted(id);
    await eventually(
      'the jobs are done',
      async () => ((await api.backend.queue.getActiveCount()) === 0 ? true : undefined),
      { deadlineMs: 30_000 },
    );
    expect(await balances(api)).toEqual({ a: before.a - 100n, b: before.b + 100n });
    expect((await api.record(id)).history.map(({ status }) => status)).toEqual([
      'preparing',
      'committing',
      'committed',
    ]);
  });

  test('a job that makes no sense fails and harms no other', async () => {
    const job = await api.backend.queue.add('drive', { every: 'nonsense' }, { attempts: 3 });
    await eventually('it has failed', async () => ((await job.isFailed()) ? true : undefined), { deadlineMs: 30_000 });
    await untilCommitted(await api.transfer('a', 'b', 1n));
  });

  test('emptying the queue in the middle of load strands nothing, and sweeps go on', async () => {
    const ids: string[] = [];
    for (let round = 0; round < 6; round += 1) {
      ids.push(...(await Promise.all(Array.from({ length: 10 }, () => api.transfer('a', 'b', 1n)))));
      ids.push(...(await Promise.all(Array.from({ length: 10 }, () => api.transfer('b', 'a', 1n)))));
      if (round % 2 === 1) await api.backend.queue.obliterate({ force: true });
    }
    for (const id of ids) await untilCommitted(id);
    await untilCommitted(await api.orphan('a', 'b', 1n));
    await auditAtRest(database);
  });
});

async function balances({ engine }: RealJobs): Promise<{ a: bigint; b: bigint }> {
  const [a, b] = await engine.engine.journal.load(['a', 'b']);
  if (a?.state.status !== 'open' || b?.state.status !== 'open') throw new Error('an account is missing');
  return { a: a.state.balance, b: b.state.balance };
}

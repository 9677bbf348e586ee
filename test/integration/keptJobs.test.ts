import { QueueDepth } from '../../src/adapters/bullmq/queueDepth';
import { BullmqWakeUps } from '../../src/adapters/bullmq/wakeUps';
import { eventually } from '../kit/wait';
import { BACKENDS, RealJobs } from '../support/realJobs';
import { TestDatabase } from '../support/testDatabase';
import { transactionId } from '../support/transactionId';

/** More than any number of sweeps that the queue was ever told to keep. */
const SWEEPS = 15;

describe.each(BACKENDS)('the jobs that an operator finds on %s', (kind) => {
  let database: TestDatabase;
  let jobs: RealJobs;

  beforeAll(async () => {
    database = await TestDatabase.create();
    jobs = await RealJobs.start(database, kind);
    await jobs.engine.open('a', 100n);
    await jobs.engine.open('b', 100n);
  });

  afterAll(async () => {
    await jobs.close();
    await database.drop();
  });

  const queue = () => jobs.backend.queue;
  const namesOf = async (state: 'completed' | 'failed') => (await queue().getJobs([state])).map(({ name }) => name);

  async function sweepsPass(): Promise<void> {
    const iterations = async () => (await queue().getJobScheduler('sweep'))?.iterationCount ?? 0;
    const before = await iterations();
    await eventually(
      `${SWEEPS} more sweeps have run`,
      async () => ((await iterations()) >= before + SWEEPS ? true : undefined),
      { deadlineMs: 60_000 },
    );
  }

  test('keep the job of a transfer, however many sweeps come after it', async () => {
    const id = await jobs.transfer('a', 'b', 1n);
    const job = await eventually(
      'the job is completed',
      async () =>
        (await queue().getJobs(['completed'])).find(
          ({ data }) => 'transactions' in data && data.transactions.includes(id),
        ),
      { deadlineMs: 60_000 },
    );
    await sweepsPass();
    expect(await job.getState()).toBe('completed');
    expect(await namesOf('completed')).not.toContain('sweep');
  });

  test('keep the resume job of a transfer that it brought to its end', async () => {
    const id = await jobs.orphan('a', 'b', 1n);
    await jobs.wakeUps.resume([{ id, attempts: 0 }], 0);
    await eventually(
      'the resume job is completed',
      async () =>
        (await queue().getJobs(['completed'])).some((job) => job.id === `resume-${id}-0`) ? true : undefined,
      { deadlineMs: 60_000 },
    );
  });

  test('keep none that asked a participant: the next one for the same attempt is not taken for it', async () => {
    const id = await jobs.transfer('a', 'b', 1n);
    const call = { branch: 'participants/stock/a', call: 'commit', attempts: 4, error: 'timed out' } as const;
    await jobs.wakeUps.askAgain(id, call, 0);
    const asks = async (...states: ('completed' | 'delayed' | 'waiting' | 'active')[]) =>
      (await queue().getJobs(states)).filter(({ name }) => name === 'ask').map(({ data }) => data);
    await eventually(
      'the job has run',
      async () => ((await asks('waiting', 'delayed', 'active')).length === 0 ? true : undefined),
      { deadlineMs: 60_000 },
    );
    expect(await asks('completed')).toEqual([]);
    await jobs.wakeUps.askAgain(id, call, 60_000);
    expect(await asks('delayed')).toMatchObject([{ transaction: id, attempt: 4 }]);
  });

  test('keep a failed job, however many sweeps fail after it', async () => {
    const job = await queue().add('drive', { every: 'nonsense' });
    await eventually('it has failed', async () => ((await job.isFailed()) ? true : undefined), { deadlineMs: 60_000 });
    await database.query('alter table sweeps rename to hidden_sweeps');
    try {
      await sweepsPass();
    } finally {
      await database.query('alter table hidden_sweeps rename to sweeps');
    }
    expect(await job.getState()).toBe('failed');
    expect(await namesOf('failed')).not.toContain('sweep');
  });

  test('are the last of many, and no more than that', async () => {
    const few = { keepCompleted: 20, keepFailed: 20 };
    const wakeUps = new BullmqWakeUps(jobs.backend, few, new QueueDepth(queue(), 60_000), () => true);
    const ran = async (count: number): Promise<string[]> => {
      const ids = Array.from({ length: count }, transactionId);
      for (const id of ids) await wakeUps.drive([id]);
      await eventually(
        'all have run',
        async () => {
          const { waiting = 0, active = 0 } = await queue().getJobCounts('waiting', 'active');
          return waiting + active === 0 ? true : undefined;
        },
        { deadlineMs: 60_000 },
      );
      return ids;
    };
    await ran(101);
    const last = await ran(19);
    const kept = (await queue().getJobs(['completed'])).flatMap(({ data }) =>
      'transactions' in data ? data.transactions : [],
    );
    expect(kept.length).toBeLessThan(20 + 50);
    expect(kept).toEqual(expect.arrayContaining(last));
  });
});

import { QueueDepth } from '../../src/adapters/bullmq/queueDepth';
import { BACKENDS, RealJobs } from '../support/realJobs';
import { TestDatabase } from '../support/testDatabase';
import { transactionId } from '../support/transactionId';

const WAIT_MAX_MS = 60_000;
const LONG_MS = 600_000;

describe.each(BACKENDS)('the depth of the queue on %s', (kind) => {
  let database: TestDatabase;
  let jobs: RealJobs;
  let depth: QueueDepth;

  beforeAll(async () => {
    database = await TestDatabase.create();
    // No process runs the jobs: what is added waits.
    jobs = await RealJobs.start(database, kind, 'api');
    depth = new QueueDepth(jobs.backend.queue, WAIT_MAX_MS);
  });

  beforeEach(async () => {
    await jobs.backend.queue.obliterate({ force: true });
  });

  afterAll(async () => {
    await jobs.backend.queue.obliterate({ force: true });
    await jobs.close();
    await database.drop();
  });

  const measured = async (): Promise<boolean> => {
    await depth.measure();
    return depth.tooDeep();
  };
  const longAgo = () => ({ timestamp: Date.now() - LONG_MS });

  test('is too deep while the first drive job waits for too long', async () => {
    expect(await measured()).toBe(false);
    await jobs.wakeUps.drive([transactionId()]);
    expect(await measured()).toBe(false);
    await jobs.backend.queue.obliterate({ force: true });
    const late = await jobs.backend.queue.add('drive', { transactions: [transactionId()] }, longAgo());
    await jobs.wakeUps.drive([transactionId()]);
    // Seen once it may be what a killed process left; seen twice it is a backlog.
    expect(await measured()).toBe(false);
    expect(await measured()).toBe(true);
    await late.remove();
    expect(await measured()).toBe(false);
  });

  test('does not count the time for which a resume or a sweep was delayed on purpose', async () => {
    await jobs.backend.queue.add('resume', { transaction: transactionId(), attempt: 1 }, longAgo());
    await jobs.backend.queue.add('sweep', { every: '1000 ms' }, longAgo());
    await jobs.wakeUps.drive([transactionId()]);
    expect(await measured()).toBe(false);
  });
});

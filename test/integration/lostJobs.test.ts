import { postgresBackend, type QueueBackend, redisBackend } from '../../src/adapters/bullmq/backend';
import { eventually } from '../kit/wait';
import { MemoryLog } from '../support/memoryLog';
import { BACKENDS } from '../support/realJobs';
import { redisDatabase } from '../support/redisDatabase';
import { TestDatabase } from '../support/testDatabase';

test.each(BACKENDS)('a job that the queue on %s loses while it runs is no reason for a warning', async (kind) => {
  const database = await TestDatabase.create();
  const log = new MemoryLog();
  const backend: QueueBackend =
    kind === 'postgres' ? postgresBackend(database.url, log) : await redisBackend(await redisDatabase(database), log);
  await backend.queue.waitUntilReady();
  const worker = backend.createWorker(async () => {
    await backend.queue.obliterate({ force: true });
    return { status: 'committed' };
  }, 1);
  await worker.waitUntilReady();
  const running = worker.run();
  try {
    await backend.queue.add('drive', { transactions: [] });
    await eventually(
      'the loss is told',
      () => log.messages('debug').find((message) => message.includes('lost a job')),
      {
        deadlineMs: 60_000,
      },
    );
    expect(log.messages('warn')).toEqual([]);
  } finally {
    await worker.close();
    await running;
    await backend.close();
    await database.drop();
  }
});

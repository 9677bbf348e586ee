import { postgresBackend, type QueueBackend } from '../../src/adapters/bullmq/backend';
import type { Standing } from '../../src/adapters/postgres/leadership';
import { JobRunner } from '../../src/service/jobRunner';
import { eventually } from '../kit/wait';
import { MemoryLog } from '../support/memoryLog';
import { TestDatabase } from '../support/testDatabase';

const AWAY = 'postgres://127.0.0.1:1/nowhere';

let database: TestDatabase;
let standing: Standing;
let urls: string[];
let resigned: number;
let created: number;
let ran: string[];
let runner: JobRunner;
let backends: QueueBackend[];

function backendOn(url: string): QueueBackend {
  const backend = postgresBackend(url, new MemoryLog());
  backends.push(backend);
  return backend;
}

/** Workers on the real queue, each connecting where `urls` says; the last address is for all further ones. */
beforeEach(async () => {
  database = await TestDatabase.create();
  standing = 'leads';
  urls = [database.url];
  resigned = 0;
  created = 0;
  backends = [];
  // Workers find the queue's tables made.
  await backendOn(database.url).queue.waitUntilReady();
  ran = [];
  runner = new JobRunner({
    standing: async () => standing,
    resign: () => {
      resigned += 1;
    },
    createWorker: () => {
      const [url = ''] = urls.length > 1 ? urls.splice(0, 1) : urls;
      created += 1;
      return backendOn(url).createWorker(async ({ id = '' }) => {
        ran.push(id);
        return { resumed: 0 };
      }, 4);
    },
    log: new MemoryLog(),
  });
});

afterEach(async () => {
  await runner.stop();
  await Promise.all(backends.map((backend) => backend.close()));
  await database.drop();
});

async function checks(times: number): Promise<void> {
  for (let check = 0; check < times; check += 1) await runner.check();
}

async function expectTaken(): Promise<void> {
  const { queue } = backendOn(database.url);
  const { id = '' } = await queue.add('sweep', { every: 'test' });
  await eventually('the job was run', () => (ran.includes(id) ? true : undefined), { deadlineMs: 60_000 });
}

test('takes jobs while it leads, not while it follows, and again when it leads again', async () => {
  standing = 'follows';
  await checks(3);
  expect(runner.runs).toBe(false);
  standing = 'leads';
  await checks(2);
  expect(runner.runs).toBe(true);
  await expectTaken();
  standing = 'follows';
  await checks(20);
  expect(runner.runs).toBe(false);
  standing = 'leads';
  await checks(1);
  await expectTaken();
  expect(created).toBe(2);
});

test('goes on as it did while the database cannot say who leads', async () => {
  standing = 'unknown';
  await checks(20);
  expect(runner.runs).toBe(false);
  standing = 'leads';
  await checks(1);
  standing = 'unknown';
  await checks(20);
  expect(runner.runs).toBe(true);
});

test('a worker that cannot connect leaves the lead to others, and the next one is tried later', async () => {
  urls = [AWAY, database.url];
  await expect(runner.check()).rejects.toThrow();
  expect([runner.runs, resigned]).toEqual([false, 1]);
  await checks(1);
  expect(runner.runs).toBe(false);
  await checks(10);
  expect(runner.runs).toBe(true);
  await expectTaken();
});

test('starts nothing once it was stopped, whatever it had asked before', async () => {
  const checking = runner.check();
  await Promise.all([runner.stop(), checking]);
  expect(runner.runs).toBe(false);
  await checks(2);
  expect(runner.runs).toBe(false);
});

test('who gives up takes no jobs for a while, and then again', async () => {
  await checks(1);
  runner.giveUp();
  expect([runner.runs, resigned]).toEqual([false, 1]);
  await checks(1);
  expect(runner.runs).toBe(false);
  await checks(10);
  await expectTaken();
});

import { postgresBackend, type QueueBackend, redisBackend } from '../../src/adapters/bullmq/backend';
import { QueueDepth } from '../../src/adapters/bullmq/queueDepth';
import { BullmqWakeUps } from '../../src/adapters/bullmq/wakeUps';
import type { TransactionId } from '../../src/domain/ids';
import type { Resumption } from '../../src/engine/transactions/record';
import type { UnansweredCall } from '../../src/engine/transactions/unanswered';
import type { WakeUps } from '../../src/engine/transactions/wakeUps';
import { MemoryLog } from '../support/memoryLog';
import { MemoryWakeUps } from '../support/memoryWakeUps';
import { BACKENDS } from '../support/realJobs';
import { redisDatabase } from '../support/redisDatabase';
import { TestDatabase } from '../support/testDatabase';
import { transactionId } from '../support/transactionId';

/** Wake-ups of a process that runs no jobs, and what waits in their queue. */
interface WakeUpsUnderTest {
  readonly wakeUps: WakeUps;
  readonly drives: () => Promise<readonly (readonly TransactionId[])[]>;
  readonly asks: () => Promise<readonly (UnansweredCall & { readonly id: TransactionId; readonly delayMs: number })[]>;
  readonly resumes: () => Promise<readonly (Resumption & { readonly delayMs: number })[]>;
  /** What the process knows: that the queue is away, and that no process runs jobs. */
  readonly know: (known: { readonly away?: boolean; readonly unattended?: boolean }) => void;
  readonly close: () => Promise<void>;
}

async function inMemory(): Promise<WakeUpsUnderTest> {
  const wakeUps = new MemoryWakeUps();
  return {
    wakeUps,
    drives: async () => wakeUps.drives,
    resumes: async () => wakeUps.resumes,
    asks: async () => wakeUps.asks,
    know({ away = false, unattended = false }) {
      wakeUps.reachable = !away;
      wakeUps.heard = !unattended;
    },
    close: () => Promise.resolve(),
  };
}

async function onQueue(kind: QueueBackend['kind']): Promise<WakeUpsUnderTest> {
  const database = await TestDatabase.create();
  const log = new MemoryLog();
  const backend = await (kind === 'postgres'
    ? postgresBackend(database.url, log)
    : redisBackend(await redisDatabase(database), log));
  const { queue } = backend;
  await queue.waitUntilReady();
  await queue.obliterate({ force: true });
  let known: { readonly away?: boolean; readonly unattended?: boolean } = {};
  const told = {
    ...backend,
    queue,
    pauseMs: backend.pauseMs,
    available: () => known.away !== true && backend.available(),
  };
  const retention = { keepCompleted: 10, keepFailed: 10 };
  const wakeUps = new BullmqWakeUps(told, retention, new QueueDepth(queue, 60_000), () => known.unattended !== true);
  return {
    wakeUps,
    drives: async () =>
      (await queue.getJobs(['waiting'])).flatMap(({ data }) => ('transactions' in data ? [data.transactions] : [])),
    resumes: async () =>
      (await queue.getJobs(['waiting', 'delayed'])).flatMap(({ data, delay }) =>
        'transaction' in data && !('branch' in data)
          ? [{ id: data.transaction, attempts: data.attempt, delayMs: delay }]
          : [],
      ),
    asks: async () =>
      (await queue.getJobs(['waiting', 'delayed'])).flatMap(({ data, delay }) => {
        if (!('branch' in data)) return [];
        const { transaction: id, branch, call, attempt: attempts, lastError: error } = data;
        return [{ id, branch, call, attempts, error, delayMs: delay }];
      }),
    know: (facts) => {
      known = facts;
    },
    close: async () => {
      await queue.obliterate({ force: true });
      await backend.close();
      await database.drop();
    },
  };
}

const ALL: readonly (readonly [string, () => Promise<WakeUpsUnderTest>])[] = [
  ['memory', inMemory],
  ...BACKENDS.map((kind) => [`BullMQ on ${kind}`, () => onQueue(kind)] as const),
];

describe.each(ALL)('wake-ups in %s', (_name, create) => {
  let tested: WakeUpsUnderTest;

  beforeEach(async () => {
    tested = await create();
  });

  afterEach(() => tested.close());

  test('carry the transactions that are to be driven together', async () => {
    const ids = [transactionId(), transactionId()];
    await tested.wakeUps.drive(ids);
    expect(await tested.drives()).toEqual([ids]);
  });

  test('to resume are one for each attempt, however often they are sent', async () => {
    const [one, two] = [transactionId(), transactionId()];
    const first = { id: one, attempts: 1 };
    await tested.wakeUps.resume([first, { id: two, attempts: 4 }], 60_000);
    await tested.wakeUps.resume([first], 60_000);
    await tested.wakeUps.resume([{ ...first, attempts: 2 }], 30_000);
    const resumes = await tested.resumes();
    expect(resumes).toHaveLength(3);
    expect(new Set(resumes)).toEqual(
      new Set([
        { ...first, delayMs: 60_000 },
        { id: two, attempts: 4, delayMs: 60_000 },
        { ...first, attempts: 2, delayMs: 30_000 },
      ]),
    );
  });

  test('for one call are one for each attempt, and tell which it is, what it came to and when it is made again', async () => {
    const id = transactionId();
    const call = { branch: 'participants/stock/order:17', call: 'commit', attempts: 4, error: 'timed out' } as const;
    await tested.wakeUps.askAgain(id, call, 60_000);
    await tested.wakeUps.askAgain(id, call, 60_000);
    await tested.wakeUps.askAgain(id, { ...call, branch: 'participants/mill/sack' }, 30_000);
    expect(new Set(await tested.asks())).toEqual(
      new Set([
        { id, ...call, delayMs: 60_000 },
        { id, ...call, branch: 'participants/mill/sack', delayMs: 30_000 },
      ]),
    );
    expect(await tested.asks()).toHaveLength(2);
  });

  test('are refused while the queue is away, and none of them comes later', async () => {
    tested.know({ away: true });
    expect(tested.wakeUps.available()).toBe(false);
    const refused = { name: 'UnavailableError', outcome: 'not-started' };
    await expect(tested.wakeUps.drive([transactionId()])).rejects.toMatchObject(refused);
    await expect(tested.wakeUps.resume([{ id: transactionId(), attempts: 1 }], 0)).rejects.toMatchObject(refused);
    tested.know({});
    expect(tested.wakeUps.available()).toBe(true);
    expect([await tested.drives(), await tested.resumes()]).toEqual([[], []]);
  });

  test('tell whether a process runs what they wake, and that few wait', async () => {
    expect([tested.wakeUps.attended(), tested.wakeUps.overloaded()]).toEqual([true, false]);
    tested.know({ unattended: true });
    expect(tested.wakeUps.attended()).toBe(false);
  });
});

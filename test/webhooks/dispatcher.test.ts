import { PostgresFeed } from '../../src/adapters/postgres/reads/feed';
import { ReadPool } from '../../src/adapters/postgres/reads/readPool';
import { transferCodec } from '../../src/adapters/postgres/transactions/transferCodec';
import { PostgresCourses } from '../../src/adapters/postgres/webhooks/courses';
import { PostgresWebhooks } from '../../src/adapters/postgres/webhooks/webhooks';
import { systemClock } from '../../src/adapters/systemClock';
import { WebhookSecrets } from '../../src/adapters/webhooks/secrets';
import type { TransferQuery, TransferRefusal } from '../../src/domain/transfer';
import { Feed } from '../../src/engine/feed/feed';
import { Dispatcher } from '../../src/engine/webhooks/dispatcher';
import { eventually } from '../kit/wait';
import { MemoryLog } from '../support/memoryLog';
import { TestDatabase } from '../support/testDatabase';

let database: TestDatabase;
let pool: ReadPool;
let webhooks: PostgresWebhooks;
let feed: PostgresFeed<TransferQuery, TransferRefusal>;
const stops: (() => Promise<void>)[] = [];

beforeEach(async () => {
  database = await TestDatabase.create();
  const options = {
    connectionString: database.url,
    connectionsMax: 8,
    acquireTimeoutMs: 2_000,
    statementTimeoutMs: 5_000,
  };
  pool = new ReadPool(options, new MemoryLog());
  webhooks = new PostgresWebhooks(pool, new WebhookSecrets([]));
  feed = new PostgresFeed(pool, transferCodec);
});

afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
  await pool.close();
  await database.drop();
});

const happen = (kind: string, subject: string) =>
  database.query(`insert into feed (at, kinds, subjects) values (now(), array[$1], array[$2])`, [kind, subject]);

async function create(...types: ('account.opened' | 'account.closed')[]): Promise<string> {
  const made = await webhooks.create({ url: 'https://hooks.example/', types }, await feed.latest());
  return made?.webhook.id ?? '';
}

/** One that knows nothing of the others, as in a process of its own. */
function dispatch(bodyOf: (type: string) => string = () => '{}'): {
  readonly announced: string[];
  readonly log: MemoryLog;
} {
  const log = new MemoryLog();
  const own = new Feed(feed, log);
  const announced: string[] = [];
  const dispatcher = new Dispatcher({
    store: new PostgresCourses(pool),
    feed: own,
    bodyOf: ({ type }) => bodyOf(type),
    announce: (webhookId, deliveries) => announced.push(...deliveries.map(() => webhookId)),
    runs: () => true,
    clock: systemClock,
    log,
    options: { pendingMax: 1_000, lookEveryMs: 100 },
  });
  dispatcher.start();
  stops.push(async () => {
    await dispatcher.stop();
    await own.stop();
  });
  return { announced, log };
}

const untilPending = (id: string, count: number) =>
  eventually(
    `${count} are written down`,
    async () => {
      const webhook = await webhooks.get(id);
      return webhook && webhook.pending >= count ? webhook : undefined;
    },
    { deadlineMs: 60_000 },
  );

test('two at once write each event down once', async () => {
  const id = await create('account.opened');
  const [one, other] = [dispatch(), dispatch()];
  for (let n = 0; n < 40; n += 1) await happen('account.opened', `a${n}`);
  await untilPending(id, 40);
  await happen('account.opened', 'last');
  await untilPending(id, 41);
  expect(one.announced.length + other.announced.length).toBe(41);
  expect(await database.query('select from webhook_deliveries')).toHaveLength(41);
});

test('a webhook that is behind what is kept goes on where that begins, and tells so', async () => {
  await happen('account.opened', 'before');
  const id = await create('account.opened');
  for (const subject of ['lost', 'kept', 'kept-too']) await happen('account.opened', subject);
  await database.query(`delete from feed where 'before' = any (subjects) or 'lost' = any (subjects)`);
  dispatch();
  expect(await untilPending(id, 2)).toMatchObject({ pending: 2, gapAt: expect.any(String) });
});

test('what one webhook cannot be told holds up no other, and the log names the webhook once', async () => {
  const broken = await create('account.closed');
  const id = await create('account.opened');
  let failures = 0;
  const { log } = dispatch((type) => {
    if (type !== 'account.closed') return '{}';
    failures += 1;
    throw new Error('a defect');
  });
  await happen('account.closed', 'a');
  await eventually('it fails', () => (failures > 0 ? true : undefined), { deadlineMs: 60_000 });
  for (let n = 1; n <= 20; n += 1) {
    await happen('account.opened', `b${n}`);
    await untilPending(id, n);
  }
  expect(await webhooks.get(broken)).toMatchObject({ pending: 0 });
  await eventually('it is tried again', () => (failures > 1 ? true : undefined), { deadlineMs: 60_000 });
  const told = log.lines.filter(({ level }) => level === 'warn');
  expect(told).toMatchObject([
    {
      fields: { webhook: broken, err: { message: 'a defect' } },
      message: 'events for a webhook could not be written down; it is tried again',
    },
  ]);
});

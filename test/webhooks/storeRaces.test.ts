import { Client } from 'pg';
import { ReadPool } from '../../src/adapters/postgres/reads/readPool';
import { PostgresCourses } from '../../src/adapters/postgres/webhooks/courses';
import { PostgresDeliveries } from '../../src/adapters/postgres/webhooks/deliveries';
import { PostgresWebhooks } from '../../src/adapters/postgres/webhooks/webhooks';
import { WebhookSecrets } from '../../src/adapters/webhooks/secrets';
import { BEGINNING, type FeedCursor } from '../../src/engine/feed/cursor';
import type { NewDelivery } from '../../src/engine/webhooks/store';
import { eventually } from '../kit/wait';
import { MemoryLog } from '../support/memoryLog';
import { TestDatabase } from '../support/testDatabase';

const DAY_MS = 86_400_000;
const DEADLINE = { deadlineMs: 60_000 };

const at = (position: number): FeedCursor => ({ position: BigInt(position), count: 1, atMs: position });
const opened = (n: number): NewDelivery => ({ cursor: at(n), type: 'account.opened', body: `{"n":${n}}` });
const locked = (position: number) =>
  `select from webhook_deliveries where position = cast('${position}' as xid8) for update`;

let database: TestDatabase;
let pool: ReadPool;
let webhooks: PostgresWebhooks;
let courses: PostgresCourses;
let deliveries: PostgresDeliveries;
let id: string;
/** Another session. */
let other: Client;

beforeAll(async () => {
  database = await TestDatabase.create();
  const options = {
    connectionString: database.url,
    connectionsMax: 8,
    acquireTimeoutMs: 2_000,
    statementTimeoutMs: 5_000,
  };
  pool = new ReadPool(options, new MemoryLog());
  webhooks = new PostgresWebhooks(pool, new WebhookSecrets([]));
  courses = new PostgresCourses(pool);
  deliveries = new PostgresDeliveries(pool);
});

afterAll(async () => {
  await pool.close();
  await database.drop();
});

beforeEach(async () => {
  await database.query('delete from webhooks; delete from webhook_courses; delete from webhook_deliveries');
  await database.query('delete from webhook_secrets');
  const made = await webhooks.create({ url: 'https://hooks.example/', types: ['account.opened'] }, BEGINNING);
  id = made?.webhook.id ?? '';
  other = new Client({ connectionString: database.url, application_name: 'test' });
  await other.connect();
  await other.query('begin');
});

afterEach(() => other.end());

async function written(...positions: number[]): Promise<void> {
  const [course] = await courses.courses(1_000);
  if (!course) throw new Error('there is no course');
  await courses.advance(course, { deliveries: positions.map(opened), next: at(Math.max(...positions)) });
}

const lockWaits = (count: number) =>
  eventually(
    `${count} statements wait for a lock`,
    async () => {
      const rows = await database.query(
        `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      return rows.length === count ? true : undefined;
    },
    DEADLINE,
  );

test('a secret that was made while another one was is ended by it', async () => {
  await other.query('select from webhooks for update');
  const rotations = [webhooks.rotate(id, 0), webhooks.rotate(id, 0)];
  await lockWaits(2);
  await other.query('commit');
  await Promise.all(rotations);
  expect((await webhooks.get(id))?.secrets).toEqual([{ madeAt: expect.any(String) }]);
});

test('a webhook that is removed while its course moves leaves no delivery to be made', async () => {
  await other.query(`update webhook_courses set count = 2`);
  await other.query(
    `insert into webhook_deliveries (webhook_id, position, count, at_ms, type, body, next_attempt_at)
     values ($1, '1', 1, 1, 'account.opened', '{}', now())`,
    [id],
  );
  const removed = webhooks.remove(id);
  await lockWaits(1);
  await other.query('commit');
  expect(await removed).toBe(true);
  for (const table of ['webhooks', 'webhook_courses', 'webhook_secrets', 'webhook_deliveries'])
    expect(await database.query(`select from ${table}`)).toEqual([]);
});

test('a replay that begins while its webhook is removed begins nothing', async () => {
  await other.query('select from webhook_courses for update');
  const removed = webhooks.remove(id);
  await lockWaits(1);
  const replayed = webhooks.replay(id, BEGINNING, at(2));
  await lockWaits(2);
  await other.query('commit');
  expect([await removed, await replayed]).toEqual([true, 'no-webhook']);
  expect(await database.query('select from webhook_courses')).toEqual([]);
});

test('attempts that end wait for no delivery that another session takes over', async () => {
  await written(1, 2);
  const claims = await deliveries.claim(id, 2, DAY_MS);
  const ended = claims.map((delivery) => ({ delivery, attempted: { ms: 1, status: 204 } }));
  await other.query(locked(2));
  expect(await deliveries.end(id, ended, DAY_MS)).toBe(false);
  await other.query(locked(1));
  await other.query('commit');
  const items = (await webhooks.deliveries(id, {}, 10))?.items ?? [];
  expect(items.map(({ deliveredAt }) => deliveredAt !== undefined)).toEqual([false, true]);
});

test('deliveries are written down again in one order', async () => {
  await written(1, 2);
  await webhooks.replay(id, BEGINNING, at(2));
  const replay = (await courses.courses(1_000)).find(({ until }) => until);
  if (!replay) throw new Error('there is no replay');
  await other.query(locked(1));
  const advanced = courses.advance(replay, { deliveries: [opened(2), opened(1)], next: undefined });
  await lockWaits(1);
  await other.query(locked(2));
  await other.query('commit');
  expect(await advanced).toBe(true);
});

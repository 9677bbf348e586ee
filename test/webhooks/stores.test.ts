import { ReadPool } from '../../src/adapters/postgres/reads/readPool';
import { PostgresCourses } from '../../src/adapters/postgres/webhooks/courses';
import { PostgresDeliveries } from '../../src/adapters/postgres/webhooks/deliveries';
import { PostgresWebhooks } from '../../src/adapters/postgres/webhooks/webhooks';
import { WebhookSecrets } from '../../src/adapters/webhooks/secrets';
import { BEGINNING, type FeedCursor } from '../../src/engine/feed/cursor';
import type { Attempted, ClaimedDelivery, Course, NewDelivery } from '../../src/engine/webhooks/store';
import { SECRETS_MAX, WEBHOOKS_MAX } from '../../src/engine/webhooks/webhooks';
import { MemoryLog } from '../support/memoryLog';
import { TestDatabase } from '../support/testDatabase';

const LEASE_MS = 60_000;
const DAY_MS = 86_400_000;
const secrets = new WebhookSecrets([Buffer.alloc(32, 7).toString('base64')]);

const at = (position: number, count = 1): FeedCursor => ({ position: BigInt(position), count, atMs: position * 1_000 });
const opened = (position: number): NewDelivery => ({
  cursor: at(position),
  type: 'account.opened',
  body: `{"n":${position}}`,
});

let database: TestDatabase;
let pool: ReadPool;
let webhooks: PostgresWebhooks;
let courses: PostgresCourses;
let deliveries: PostgresDeliveries;
let id: string;

beforeAll(async () => {
  database = await TestDatabase.create();
  const options = {
    connectionString: database.url,
    connectionsMax: 8,
    acquireTimeoutMs: 2_000,
    statementTimeoutMs: 5_000,
  };
  pool = new ReadPool(options, new MemoryLog());
  webhooks = new PostgresWebhooks(pool, secrets);
  courses = new PostgresCourses(pool);
  deliveries = new PostgresDeliveries(pool);
});

afterAll(async () => {
  await pool.close();
  await database.drop();
});

beforeEach(async () => {
  await database.query('delete from webhooks; delete from webhook_courses; delete from webhook_deliveries');
  const made = await webhooks.create({ url: 'https://hooks.example/', types: ['account.opened'] }, BEGINNING);
  id = made?.webhook.id ?? '';
});

async function onlyCourse(): Promise<Course> {
  const [course, ...others] = await courses.courses(1_000);
  if (!course || others.length > 0) throw new Error(`${others.length + (course ? 1 : 0)} courses`);
  return course;
}

/** Writes deliveries of these positions down. */
async function written(...positions: number[]): Promise<void> {
  await courses.advance(await onlyCourse(), { deliveries: positions.map(opened), next: at(Math.max(...positions)) });
}

async function claimed(): Promise<ClaimedDelivery> {
  const [delivery] = await deliveries.claim(id, 1, LEASE_MS);
  if (!delivery) throw new Error('nothing is due');
  return delivery;
}

const makeDue = () =>
  database.query('update webhook_deliveries set next_attempt_at = now() where next_attempt_at is not null');
const positionsOf = (claims: readonly ClaimedDelivery[]) => claims.map(({ cursor }) => Number(cursor.position));
const delivered = (delivery: ClaimedDelivery, attempted: Attempted) =>
  deliveries.end(id, [{ delivery, attempted }], DAY_MS);
const failed = (delivery: ClaimedDelivery, attempted: Attempted, waitMs: number, disableAfterMs: number) =>
  deliveries.end(id, [{ delivery, attempted, waitMs }], disableAfterMs);
const tried = { ms: 5, status: 503, error: 'answered 503' };

describe('the course of a webhook', () => {
  it('moves with the deliveries that it writes down', async () => {
    await written(1, 2);
    expect(await onlyCourse()).toMatchObject({ webhookId: id, types: new Set(['account.opened']), cursor: at(2) });
    expect(positionsOf(await deliveries.claim(id, 10, LEASE_MS))).toEqual([1, 2]);
  });

  it('is moved once by two that read it at the same place', async () => {
    const course = await onlyCourse();
    const steps = [1, 2, 3, 4].map((n) => courses.advance(course, { deliveries: [opened(n)], next: at(n) }));
    const moved = await Promise.all(steps);
    expect(moved.filter((one) => one)).toHaveLength(1);
    expect(await deliveries.claim(id, 10, LEASE_MS)).toHaveLength(1);
    expect((await onlyCourse()).cursor).toEqual(at(moved.indexOf(true) + 1));
  });

  it('stands still while the webhook has enough to be delivered', async () => {
    await written(1, 2, 3);
    expect(await courses.courses(3)).toEqual([]);
    await delivered(await claimed(), { ms: 5, status: 204 });
    expect(await courses.courses(3)).toHaveLength(1);
  });

  it('goes on behind what the feed has lost, and the webhook tells so', async () => {
    expect(await courses.skip(await onlyCourse(), at(7))).toBe(true);
    expect((await onlyCourse()).cursor).toEqual(at(7));
    expect(await webhooks.get(id)).toMatchObject({ gapAt: expect.any(String) });
  });

  it('of a replay ends, and what was delivered is delivered again', async () => {
    await written(1, 2);
    await delivered(await claimed(), { ms: 5, status: 204 });
    const underWay = await claimed();
    expect(await webhooks.replay(id, BEGINNING, at(2))).toBe('begun');
    expect(await webhooks.replay(id, BEGINNING, at(2))).toBe('under-way');
    expect(await webhooks.get(id)).toMatchObject({ replay: { cursor: BEGINNING, until: at(2) } });
    const replay = (await courses.courses(1_000)).find(({ until }) => until);
    if (!replay) throw new Error('there is no replay');
    expect(await courses.advance(replay, { deliveries: [opened(1), opened(2)], next: undefined })).toBe(true);
    expect(await courses.courses(1_000)).toHaveLength(1);
    // The attempt that was under way has nothing to say of the one that is asked for.
    await delivered(underWay, { ms: 5, status: 204 });
    const again = await deliveries.claim(id, 10, LEASE_MS);
    expect(again.map(({ attempts }) => attempts)).toEqual([1, 1]);
    expect(positionsOf(again)).toEqual([1, 2]);
  });

  it('is not there for a webhook that is gone, and no replay either', async () => {
    const course = await onlyCourse();
    expect([await webhooks.remove(id), await webhooks.remove(id)]).toEqual([true, false]);
    expect(await courses.advance(course, { deliveries: [opened(1)], next: at(1) })).toBe(false);
    expect(await webhooks.replay(id, BEGINNING, at(2))).toBe('no-webhook');
    expect(await webhooks.deliveries(id, {}, 10)).toBeUndefined();
  });
});

describe('a delivery', () => {
  it('belongs to one attempt, until its lease ends', async () => {
    await written(1);
    const claims = await Promise.all(Array.from({ length: 4 }, () => deliveries.claim(id, 10, LEASE_MS)));
    expect(claims.flat()).toHaveLength(1);
    expect(await deliveries.due()).toEqual([]);
    await makeDue();
    expect(await deliveries.due()).toEqual([id]);
    expect(await claimed()).toMatchObject({ attempts: 2, url: 'https://hooks.example/', body: '{"n":1}' });
  });

  it('hears nothing of an attempt that was taken for lost', async () => {
    await written(1);
    const late = await claimed();
    await makeDue();
    const now = await claimed();
    await failed(late, tried, 1, DAY_MS);
    await delivered(late, { ms: 5, status: 204 });
    expect(await webhooks.deliveries(id, { status: 'pending' }, 10)).toMatchObject({ items: [{ attempts: 2 }] });
    await delivered(now, { ms: 5, status: 204 });
    expect(await webhooks.deliveries(id, { status: 'delivered' }, 10)).toMatchObject({
      items: [{ answerStatus: 204, answerMs: 5, deliveredAt: expect.any(String) }],
    });
  });

  it('is written down with others, each as it came out', async () => {
    await written(1, 2, 3);
    const [one, two, lost] = await deliveries.claim(id, 3, LEASE_MS);
    if (!one || !two || !lost) throw new Error('three are due');
    const outcomes = [
      { delivery: one, attempted: { ms: 1, status: 200 } },
      { delivery: two, attempted: tried, waitMs: 60_000 },
      { delivery: { ...lost, claim: one.claim }, attempted: { ms: 1, status: 200 } },
    ];
    expect(await deliveries.end(id, outcomes, 0)).toBe(false);
    const items = (await webhooks.deliveries(id, {}, 10))?.items.toReversed() ?? [];
    expect(items.map(({ answerStatus }) => answerStatus)).toEqual([200, 503, undefined]);
    expect(items.map(({ deliveredAt }) => deliveredAt !== undefined)).toEqual([true, false, false]);
    // One of them succeeded, so that it does not count as failing.
    expect((await webhooks.get(id))?.failingSince).toBeUndefined();
  });

  it('that failed tells why, and waits', async () => {
    await written(1);
    expect(await failed(await claimed(), tried, 60_000, DAY_MS)).toBe(false);
    expect(await deliveries.due()).toEqual([]);
    const [first] = (await webhooks.deliveries(id, {}, 10))?.items ?? [];
    expect(first).toMatchObject({ attempts: 1, answerStatus: 503, error: 'answered 503' });
    expect(Date.parse(first?.nextAttemptAt ?? '')).toBeGreaterThan(Date.parse(first?.attemptedAt ?? ''));
    expect(await webhooks.get(id)).toMatchObject({
      failingSince: expect.any(String),
      pending: 1,
      oldestPendingAt: '1970-01-01T00:00:01.000Z',
    });
  });

  it('is listed by event, the newest first, page by page', async () => {
    await written(1, 2, 10);
    const first = await webhooks.deliveries(id, {}, 2);
    expect(first?.items.map(({ cursor }) => Number(cursor.position))).toEqual([10, 2]);
    const second = await webhooks.deliveries(id, {}, 2, first?.next);
    expect(second?.items.map(({ cursor }) => Number(cursor.position))).toEqual([1]);
    expect(second?.next).toBeUndefined();
  });

  it('of a logical copy of the database that has the same position is another one', async () => {
    await written(1);
    await courses.skip(await onlyCourse(), BEGINNING);
    const copied = { ...opened(1), cursor: { ...at(1), atMs: 99 } };
    await courses.advance(await onlyCourse(), { deliveries: [copied], next: at(1) });
    expect(await deliveries.claim(id, 10, LEASE_MS)).toHaveLength(2);
  });
});

describe('a webhook that fails', () => {
  const failingFor = (days: number) =>
    database.query(`update webhooks set failing_since = now() - interval '1 day' * $1 where id = $2`, [days, id]);

  it('is disabled when it has failed for long enough, and then nothing is tried nor written down', async () => {
    await written(1, 2);
    await failed(await claimed(), tried, 0, 5 * DAY_MS);
    await failingFor(4.9);
    expect(await failed(await claimed(), tried, 0, 5 * DAY_MS)).toBe(false);
    await failingFor(5);
    expect(await failed(await claimed(), tried, 0, 5 * DAY_MS)).toBe(true);
    expect(await webhooks.get(id)).toMatchObject({ disabledAt: expect.any(String), pending: 2 });
    expect([await deliveries.due(), await deliveries.claim(id, 10, LEASE_MS), await courses.courses(1_000)]).toEqual([
      [],
      [],
      [],
    ]);
    expect(await webhooks.health()).toEqual({ enabled: 0, disabled: 1, pending: 0, oldestSeconds: 0 });
  });

  it('is not disabled by what a success in between has begun again', async () => {
    await written(1, 2);
    const [one, two] = await deliveries.claim(id, 2, LEASE_MS);
    if (!one || !two) throw new Error('two are due');
    await failed(one, tried, 0, 5 * DAY_MS);
    await failingFor(6);
    await delivered(two, { ms: 1, status: 200 });
    expect((await webhooks.get(id))?.failingSince).toBeUndefined();
    expect(await failed(await claimed(), tried, 0, 5 * DAY_MS)).toBe(false);
  });

  it('is disabled at once by 410', async () => {
    await written(1);
    expect(await failed(await claimed(), { ...tried, status: 410, isGone: true }, 0, 5 * DAY_MS)).toBe(true);
  });

  it('begins again when it is enabled, with all that it has missed, at once', async () => {
    await written(1);
    await failed(await claimed(), { ...tried, isGone: true }, DAY_MS, DAY_MS);
    const enabled = await webhooks.enable(id);
    expect([enabled?.disabledAt, enabled?.failingSince]).toEqual([undefined, undefined]);
    expect(positionsOf(await deliveries.claim(id, 10, LEASE_MS))).toEqual([1]);
    expect(await courses.courses(1_000)).toHaveLength(1);
    expect(await webhooks.enable('00000000-0000-7000-8000-000000000000')).toBeUndefined();
  });
});

describe('the secrets of a webhook', () => {
  const signing = async () => (await claimed()).secrets.map((stored) => secrets.secretOf(stored));

  it('sign together for the grace period, the newest first', async () => {
    await written(1);
    const first = await webhooks.rotate(id, DAY_MS);
    const second = await webhooks.rotate(id, DAY_MS);
    expect((await signing()).slice(0, 2)).toEqual([second?.secret, first?.secret]);
    await database.query(`update webhook_secrets set ends_at = now() where ends_at is not null and webhook_id = $1`, [
      id,
    ]);
    await makeDue();
    expect(await signing()).toEqual([second?.secret]);
    expect(second?.webhook.secrets).toHaveLength(3);
    expect((await webhooks.get(id))?.secrets).toHaveLength(1);
  });

  it('end at once without a grace period, also those that had one', async () => {
    await written(1);
    await webhooks.rotate(id, DAY_MS);
    const last = await webhooks.rotate(id, 0);
    expect(await signing()).toEqual([last?.secret]);
  });

  it('are never more than some, however often they are rotated', async () => {
    for (let n = 0; n < SECRETS_MAX + 2; n += 1) await webhooks.rotate(id, DAY_MS);
    expect((await webhooks.get(id))?.secrets).toHaveLength(SECRETS_MAX);
  });

  it('are not in the database', async () => {
    const made = await webhooks.rotate(id, DAY_MS);
    const dump = JSON.stringify(
      await database.query('select * from webhook_secrets s join webhooks w on w.id = s.webhook_id'),
    );
    const bytes = Buffer.from(made?.secret.slice('whsec_'.length) ?? '', 'base64');
    expect(bytes).toHaveLength(32);
    for (const form of ['base64', 'hex'] as const) expect(dump).not.toContain(bytes.toString(form));
    expect(dump).not.toContain(JSON.stringify([...bytes]));
  });
});

test('there may be so many webhooks and no more', async () => {
  await database.query(
    `insert into webhooks (id, url, types) select gen_random_uuid(), 'https://hooks.example/', '{}' from generate_series(2, ${WEBHOOKS_MAX})`,
  );
  expect(await webhooks.create({ url: 'https://hooks.example/', types: [] }, BEGINNING)).toBeUndefined();
  expect(await webhooks.list()).toHaveLength(WEBHOOKS_MAX);
});

test('what waits is told by the age of its event, written down or not', async () => {
  expect(await webhooks.health()).toEqual({ enabled: 1, disabled: 0, pending: 0, oldestSeconds: 0 });
  await database.query(
    `insert into feed (position, at, kinds, subjects) values ('9', now() - interval '1 hour', '{account.opened}', '{a}')`,
  );
  expect((await webhooks.health()).oldestSeconds).toBeGreaterThan(3_590);
  await courses.advance(await onlyCourse(), { deliveries: [], next: at(9) });
  expect((await webhooks.health()).oldestSeconds).toBe(0);
  await database.query('delete from feed');
});

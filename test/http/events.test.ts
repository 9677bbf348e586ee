import { eventually, sleep } from '../kit/wait';
import { EventReader } from './eventReader';
import { WholeService } from './serviceHarness';
import { TandemFeed } from './tandemFeed';
import { until } from './until';

const TOKENS = 'alice-token=alice,bobby-token=bob:owner,shop-token-x=shop:service,admin-token=root:admin';

describe('GET /events', () => {
  let service: WholeService;
  let feed: TandemFeed;

  beforeAll(async () => {
    service = await WholeService.start({ AUTH_TOKENS: TOKENS });
    feed = new TandemFeed(service.client.as('shop-token-x'));
    const shop = service.client.as('shop-token-x');
    for (const id of ['alice', 'bob', 'carol']) await shop.post(`/account/${id}`);
    await shop.post('/account/alice/deposit/1000');
    await shop.post('/account/bob/deposit/1000');
  });

  afterAll(() => service.stop());

  const shop = () => service.client.as('shop-token-x');
  const transfer = async (body: object): Promise<string> => {
    const reply = await shop().post('/transfers', { body });
    return String(reply.body['id'] ?? reply.body['transferId']);
  };

  it('takes so many readers of one caller, and then still those of others', async () => {
    const gone = new AbortController();
    const headers = { authorization: 'Bearer alice-token' };
    const address = `${service.client.url}/events?after=${await feed.latest()}&waitMs=20000`;
    // One that is turned away, because too many come at once, comes again.
    const stays = async () => {
      while (!gone.signal.aborted) {
        await fetch(address, { headers, signal: gone.signal }).catch(() => undefined);
        await sleep(20);
      }
    };
    const waiting = Array.from({ length: 105 }, stays);
    const until = (what: string, token: string, wanted: number) =>
      eventually(
        what,
        async () => {
          const reply = await service.client.as(token).get('/events?after=latest');
          return reply.status === wanted ? reply : undefined;
        },
        { deadlineMs: 60_000 },
      );
    const refused = await until('one more of them is refused', 'alice-token', 429);
    expect(refused.body).toMatchObject({ code: 'rate-limited', detail: expect.stringMatching(/end one of them/) });
    await until('another caller is let in', 'bobby-token', 200);
    expect((await service.client.as('alice-token').get('/events?after=latest')).status).toBe(429);
    gone.abort();
    await Promise.all(waiting);
    await until('the caller is let in again', 'alice-token', 200);
  });

  it('tells what happened to a transfer, with what was so at each change, oldest first', async () => {
    const start = await feed.latest();
    const id = await transfer({ origin: 'alice', destination: 'bob', amount: 30, metadata: { invoice: 7 } });
    const { items, nextCursor, hasMore } = await feed.upTo(2, { after: start });
    const about = { transferId: id, origin: 'alice', destination: 'bob', amount: 30, metadata: { invoice: 7 } };
    expect(items).toMatchObject([
      { type: 'transfer.created', ...about },
      { type: 'transfer.committed', ...about },
    ]);
    expect(items[0]?.version).toBeLessThan(items[1]?.version ?? 0);
    expect(hasMore).toBe(false);
    expect(nextCursor).toBe(items[1]?.cursor);
  });

  it('goes on after each cursor that it gave, event by event', async () => {
    const all = await feed.all();
    expect(all.length).toBeGreaterThan(4);
    for (const [index, { cursor }] of all.entries()) {
      const { items } = await feed.page({ after: cursor, limit: 200 });
      expect(items).toEqual(all.slice(index + 1));
    }
    const single = [];
    for (let after = 'oldest'; ; ) {
      const { items, nextCursor } = await feed.page({ after, limit: 1 });
      if (items.length === 0) break;
      single.push(...items);
      after = nextCursor;
    }
    expect(single).toEqual(all);
  });

  it('tells why a transfer was aborted, and of two steps what is known at each', async () => {
    const start = await feed.latest();
    await transfer({ origin: 'carol', destination: 'bob', amount: 5 });
    const held = await transfer({ origin: 'alice', destination: 'bob', amount: 50, capture: 'manual' });
    await shop().post(`/transfers/${held}/capture`, { body: { amount: 20 } });
    const { items } = await feed.upTo(5, { after: start });
    expect(items).toMatchObject([
      { type: 'transfer.created', origin: 'carol' },
      {
        type: 'transfer.aborted',
        reason: { kind: 'branches', reasons: [{ kind: 'insufficient-funds', account: 'carol', missing: 5 }] },
      },
      { type: 'transfer.created', transferId: held, amountAuthorized: 50 },
      { type: 'transfer.authorized', transferId: held, amountAuthorized: 50 },
      { type: 'transfer.committed', transferId: held, amountAuthorized: 50, amountCaptured: 20 },
    ]);
    expect(items.map((event) => 'amountCaptured' in event)).toEqual([false, false, false, false, true]);
    expect(items[0]).not.toHaveProperty('reason');
  });

  it('tells of accounts that are opened, frozen and closed', async () => {
    const start = await feed.latest();
    await shop().post('/account/dora');
    await shop().call('PATCH', '/account/dora', { body: { frozen: 'all' } });
    await shop().call('PATCH', '/account/dora', { body: { frozen: null } });
    await shop().post('/account/dora/close');
    const { items } = await feed.upTo(3, { after: start });
    expect(items).toMatchObject([
      { type: 'account.opened', account: 'dora' },
      { type: 'account.frozen', account: 'dora' },
      { type: 'account.closed', account: 'dora' },
    ]);
  });

  it('keeps the accounts that the service has for itself to itself', async () => {
    const start = await feed.latest();
    const paid = await transfer({ origin: 'alice', destination: 'bob', amount: 10 });
    await transfer({ origin: 'bob', destination: 'alice', amount: 4, refunds: paid });
    const { items } = await feed.upTo(4, { after: start });
    expect(items.map(({ type }) => type)).toEqual([
      'transfer.created',
      'transfer.committed',
      'transfer.created',
      'transfer.committed',
    ]);
    expect(JSON.stringify(items)).not.toContain('refunds/');
  });

  it('filters by type and by account', async () => {
    const all = await feed.all();
    const opened = await feed.page({ types: 'account.opened,account.closed', limit: 200 });
    expect(opened.items).toEqual(all.filter(({ type }) => type === 'account.opened' || type === 'account.closed'));
    const carols = await feed.page({ account: 'carol', limit: 200 });
    expect(carols.items).toEqual(
      all.filter((event) => [event['account'], event['origin'], event['destination']].includes('carol')),
    );
    expect(carols.items.length).toBeGreaterThan(1);
    // Also past what it filtered out.
    expect(carols.nextCursor).toBe(all.at(-1)?.cursor);
  });

  it('tells an owner what its account pays for and its account, and no more', async () => {
    const alice = await new TandemFeed(service.client.as('alice-token')).all();
    const all = await feed.all();
    expect(alice.map(({ cursor }) => cursor)).toEqual(
      all.filter((event) => event['account'] === 'alice' || event['origin'] === 'alice').map(({ cursor }) => cursor),
    );
    const bob = new TandemFeed(service.client.as('bobby-token'));
    expect((await bob.page({ account: 'alice', limit: 200 })).items).toEqual(
      all.filter((event) => event['origin'] === 'bob' && event['destination'] === 'alice'),
    );
    expect((await service.client.get('/events')).status).toBe(401);
  });

  it('shows an owner its own part of what others pay for too', async () => {
    const start = await feed.latest();
    const postings = [
      { origin: 'alice', destination: 'dave', amount: 1 },
      { origin: 'carol', destination: 'bob', amount: 77 },
    ];
    await shop().post('/account/dave');
    await shop().post('/transfers', { body: { postings } });
    const alice = new TandemFeed(service.client.as('alice-token'));
    const { items } = await alice.upTo(2, { after: start });
    expect(items).toMatchObject([{ type: 'transfer.created' }, { type: 'transfer.aborted' }]);
    expect(JSON.stringify(items)).not.toMatch(/carol|"amount":77/);
    expect((await alice.page({ after: start, account: 'carol' })).items).toEqual([]);
    expect((await feed.upTo(3, { after: start })).items[1]).toMatchObject({ postings });
  });

  it('waits for an event that is not there yet, and no longer than it is asked to', async () => {
    const start = await feed.latest();
    const empty = await feed.page({ after: start, waitMs: 30 });
    expect(empty).toEqual({ items: [], nextCursor: start, hasMore: false });
    const waiting = feed.page({ after: start, types: 'transfer.committed', waitMs: 20_000 });
    const id = await transfer({ origin: 'alice', destination: 'bob', amount: 1 });
    expect((await waiting).items).toMatchObject([{ type: 'transfer.committed', transferId: id }]);
  });

  it('refuses what is no cursor, no type, or too long a wait', async () => {
    for (const query of [
      'after=x',
      'after=1-2',
      'types=transfer.lost',
      'waitMs=25001',
      'limit=0',
      'after=99999999999999999999-1-1',
      'before=1',
    ])
      expect([query, (await shop().get(`/events?${query}`)).status]).toEqual([query, 400]);
    const reader = await EventReader.open(`${service.client.url}/events`, {
      authorization: 'Bearer admin-token',
      'last-event-id': 'nonsense',
    });
    expect(reader.status).toBe(400);
  });

  it('says that a cursor is of another time, with the oldest one that is not', async () => {
    const [first] = await feed.all();
    const oldest = String(first?.cursor).replace(/-1-/, '-0-');
    for (const after of ['1-1-1', String(first?.cursor).replace(/\d$/, (digit) => String((Number(digit) + 1) % 10))]) {
      const { status, body } = await shop().get(`/events?after=${after}`);
      expect({ status, code: body['code'], oldest: body['oldest'] }).toEqual({
        status: 410,
        code: 'cursor-expired',
        oldest,
      });
      const reader = await EventReader.open(`${service.client.url}/events?after=${after}`, {
        authorization: 'Bearer shop-token-x',
      });
      expect(reader.status).toBe(410);
    }
    expect((await feed.page({ after: oldest, limit: 200 })).items).toEqual(await feed.all());
  });

  describe('as a stream', () => {
    const open = (query: string, headers: Readonly<Record<string, string>> = {}) =>
      EventReader.open(`${service.client.url}/events${query}`, { authorization: 'Bearer shop-token-x', ...headers });

    it('tells what is there and then what happens, each with its cursor as id', async () => {
      const all = await feed.all();
      const reader = await open('');
      expect(reader.headers.get('content-type')).toBe('text/event-stream');
      await until(() => reader.events.length === all.length);
      const id = await transfer({ origin: 'alice', destination: 'bob', amount: 1 });
      await until(() => reader.events.length === all.length + 2);
      expect(reader.events.map(({ data }) => data)).toEqual(await feed.all());
      for (const { id: messageId, event, data } of reader.events)
        expect([messageId, event]).toEqual([data?.['cursor'], data?.['type']]);
      expect(reader.events.at(-1)).toMatchObject({ event: 'transfer.committed', data: { transferId: id } });
      reader.close();
    });

    it('goes on after the id that came last, whatever the address says', async () => {
      const all = await feed.all();
      const reader = await open('?after=oldest', { 'last-event-id': String(all[2]?.cursor) });
      await until(() => reader.events.length === all.length - 3);
      expect(reader.events.map(({ data }) => data)).toEqual(all.slice(3));
      reader.close();
    });

    it('moves the id on past what is filtered out', async () => {
      const reader = await open('?after=latest&types=account.closed');
      await until(() => reader.lastId !== undefined);
      const before = reader.lastId;
      await transfer({ origin: 'alice', destination: 'bob', amount: 1 });
      const last = (await feed.all()).at(-1)?.cursor;
      await until(() => reader.lastId === last);
      expect(reader.lastId).not.toBe(before);
      expect(reader.events).toEqual([]);
      reader.close();
    });

    it('survives the death of the connections to the database, and misses nothing', async () => {
      const start = await feed.latest();
      const reader = await open(`?after=${start}`);
      await until(() => reader.messages.length > 0);
      const id = await transfer({ origin: 'alice', destination: 'bob', amount: 1 });
      await until(() => reader.events.length === 2);
      expect(await service.database.cutConnections()).toBeGreaterThan(0);
      const later = await transfer({ origin: 'alice', destination: 'bob', amount: 2 });
      await until(() => reader.events.length === 4);
      expect(reader.events.map(({ data }) => data?.['transferId'])).toEqual([id, id, later, later]);
      reader.close();
    });
  });
});

test('a stream ends with a word when the process stops, and a wait is answered', async () => {
  const service = await WholeService.start();
  await service.client.post('/account/a');
  const reader = await EventReader.open(`${service.client.url}/events`);
  const waiting = new TandemFeed(service.client).page({ after: 'latest', waitMs: 20_000 });
  await until(() => reader.events.length === 1);
  await service.stop();
  await until(() => reader.ended !== undefined);
  expect(reader.ended).toBe('closed');
  expect(reader.messages.at(-1)).toMatchObject({
    event: 'end',
    data: { reason: 'stopping' },
    id: reader.events[0]?.id,
  });
  expect(await waiting).toMatchObject({ items: [], hasMore: false });
});

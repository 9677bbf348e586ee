import { eventually } from '../kit/wait';
import type { Client } from './client';
import { WholeService } from './serviceHarness';

describe('authorize now, capture or void later', () => {
  let service: WholeService;
  let client: Client;

  beforeAll(async () => {
    service = await WholeService.start({ SWEEP_EVERY_MS: '100' });
    client = service.client;
    for (const id of ['guest', 'hotel', 'city', 'agent']) await client.post(`/account/${id}`);
    await client.post('/account/guest/deposit/10000');
  });

  afterAll(() => service.stop());

  async function authorize(amount: number, more: object = {}): Promise<string> {
    const body = { origin: 'guest', destination: 'hotel', amount, capture: 'manual', ...more };
    const reply = await client.post('/transfers', { body });
    expect(reply).toMatchObject({
      status: 200,
      body: { status: 'authorized', amountAuthorized: amount, expiresAt: expect.any(String) },
    });
    return String(reply.body['id']);
  }

  const capture = (id: string, body: object = {}) => client.post(`/transfers/${id}/capture`, { body });
  const amountsOf = async (id: string) => {
    const { balance, held, incoming, available } = (await client.get(`/account/${id}/balance`)).body;
    return { balance, held, incoming, available };
  };

  it('holds what is authorized, and promises it to the other side without letting it be spent', async () => {
    const before = await amountsOf('guest');
    const id = await authorize(100);
    expect(await amountsOf('guest')).toEqual({ ...before, held: 100, available: Number(before.available) - 100 });
    expect(await amountsOf('hotel')).toMatchObject({ incoming: 100, available: 0 });
    expect((await client.get('/transfers?status=authorized&account=guest')).body['items']).toMatchObject([{ id }]);
    expect(await client.post(`/transfers/${id}/abort`)).toMatchObject({
      status: 409,
      body: {
        code: 'too-late-to-abort',
        detail: 'The transfer is authorized; it is too late to abort it. A void releases what it promised.',
      },
    });
    expect(await client.as('admin-token').post(`/admin/transfers/${id}/resume`)).toMatchObject({
      status: 409,
      body: { code: 'already-final', detail: 'The transfer is authorized: it waits for its capture, void or expiry.' },
    });
    expect(await capture(id)).toMatchObject({ status: 200, body: { status: 'committed', amountCaptured: 100 } });
    expect(await amountsOf('guest')).toMatchObject({ balance: Number(before.balance) - 100, held: 0 });
  });

  it('captures in part, and releases the rest in the same write', async () => {
    const before = await amountsOf('guest');
    const id = await authorize(100);
    expect(await capture(id, { amount: 101 })).toMatchObject({
      status: 422,
      body: { code: 'capture-exceeds-authorization', capturable: 100 },
    });
    expect((await capture(id, { amount: 0 })).status).toBe(400);
    expect(await capture(id, { amount: 60 })).toMatchObject({
      status: 200,
      body: { status: 'committed', amountAuthorized: 100, amountCaptured: 60 },
    });
    expect(await amountsOf('guest')).toEqual({
      ...before,
      balance: Number(before.balance) - 60,
      available: Number(before.available) - 60,
    });
    expect((await capture(id, { amount: 60 })).status).toBe(200);
    expect(await capture(id, { amount: 61 })).toMatchObject({ status: 409, body: { code: 'already-captured' } });
    expect(await client.post(`/transfers/${id}/void`)).toMatchObject({ body: { code: 'already-captured' } });
  });

  it('captures each of several postings by itself; what is not named is captured whole', async () => {
    const postings = [
      { origin: 'guest', destination: 'hotel', amount: 90 },
      { origin: 'guest', destination: 'city', amount: 10 },
    ];
    const { body } = await client.post('/transfers', { body: { postings, capture: 'manual' } });
    const id = String(body['id']);
    expect(await capture(id, { amount: 5 })).toMatchObject({ status: 400 });
    expect(await capture(id, { postings: [{ index: 2, amount: 1 }] })).toMatchObject({ status: 400 });
    const captured = await capture(id, { postings: [{ index: 0, amount: 0 }] });
    expect(captured).toMatchObject({ status: 200, body: { status: 'committed', amountCaptured: 10 } });
    expect(await amountsOf('city')).toEqual({ balance: 10, held: 0, incoming: 0, available: 10 });
  });

  it('captures something, never nothing', async () => {
    const postings = [90, 10].map((amount) => ({ origin: 'guest', destination: 'hotel', amount }));
    const { body } = await client.post('/transfers', { body: { postings, capture: 'manual' } });
    const id = String(body['id']);
    const none = postings.map((_, index) => ({ index, amount: 0 }));
    expect((await capture(id, { postings: none })).status).toBe(400);
    expect(await capture(id, { postings: [{ index: 1, amount: 11 }] })).toMatchObject({
      status: 422,
      body: { code: 'capture-exceeds-authorization', capturable: 10, posting: 1 },
    });
    expect(await capture(id, { postings: [{ index: 0, amount: 1 }, none[1]] })).toMatchObject({
      body: { amountCaptured: 1, postings: [{ captured: 1 }, { captured: 0 }] },
    });
    // Said in another way it is the same capture.
    expect((await capture(id, { postings: [none[1], { index: 0, amount: 1 }] })).status).toBe(200);
    expect(await capture(id)).toMatchObject({ body: { code: 'already-captured' } });
  });

  it('promises each side in full where both may be captured in part', async () => {
    const postings = [
      { origin: 'guest', destination: 'agent', amount: 50 },
      { origin: 'agent', destination: 'hotel', amount: 45 },
    ];
    const at = { body: { postings, capture: 'manual' } };
    // Less of the 50 may be captured than of the 45, which the agent would then have to pay itself.
    expect(await client.post('/transfers', at)).toMatchObject({
      body: { code: 'postings-refused', refusals: [{ account: 'agent', missing: 45 }] },
    });
    await client.post('/account/agent/deposit/45');
    const { body } = await client.post('/transfers', at);
    expect(await amountsOf('agent')).toEqual({ balance: 45, held: 45, incoming: 50, available: 0 });
    await capture(String(body['id']), { postings: [{ index: 0, amount: 0 }] });
    expect(await amountsOf('agent')).toEqual({ balance: 0, held: 0, incoming: 0, available: 0 });
  });

  it('lasts from a second to 31 days, and 7 days when nothing is said', async () => {
    const day = 86_400_000;
    const ask = (expiresInMs?: number) =>
      client.post('/transfers', {
        body: { origin: 'guest', destination: 'hotel', amount: 1, capture: 'manual', expiresInMs },
      });
    for (const [asked, lasts] of [
      [undefined, 7 * day],
      [31 * day, 31 * day],
      [1_000, 1_000],
    ] as const) {
      const { body } = await ask(asked);
      const { createdAt, expiresAt, id } = body as { createdAt: string; expiresAt: string; id: string };
      expect(Date.parse(expiresAt) - Date.parse(createdAt)).toBe(lasts);
      await client.post(`/transfers/${id}/void`);
    }
    for (const asked of [999, 31 * day + 1]) expect((await ask(asked)).status).toBe(400);
  });

  it('voids, however often it is asked to', async () => {
    const before = await amountsOf('guest');
    const id = await authorize(100);
    for (let time = 0; time < 2; time += 1) {
      const reply = await client.post(`/transfers/${id}/void`, { body: { reason: 'no show' } });
      expect(reply).toMatchObject({ status: 200, body: { status: 'aborted', reason: { kind: 'voided' } } });
    }
    expect(await amountsOf('guest')).toEqual(before);
    expect(await capture(id)).toMatchObject({ status: 409, body: { code: 'already-voided' } });
  });

  it('releases at its expiry, and never captures after it', async () => {
    const before = await amountsOf('guest');
    const id = await authorize(100, { expiresInMs: 1_000 });
    await eventually(
      'it is released',
      async () => ((await client.get(`/transfers/${id}`)).body['status'] === 'aborted' ? true : undefined),
      { deadlineMs: 60_000 },
    );
    expect(await capture(id)).toMatchObject({ status: 409, body: { code: 'authorization-expired' } });
    expect(await amountsOf('guest')).toEqual(before);
  });

  it('tells who repeats the transfer under its key what has become of it since', async () => {
    const start = async (key: string, more: object = {}) =>
      client.post('/transfers', {
        headers: { 'idempotency-key': key },
        body: { origin: 'guest', destination: 'hotel', amount: 5, capture: 'manual', ...more },
      });
    const idOf = async (key: string, more?: object) => String((await start(key, more)).body['id']);
    await capture(await idOf('captured'));
    await client.post(`/transfers/${await idOf('voided')}/void`);
    await service.database.query(
      `update transactions set expires_at = clock_timestamp() - interval '1 ms' where id = $1`,
      [await idOf('expired')],
    );
    const expired = await capture(await idOf('expired'));
    expect(expired.body).toMatchObject({ code: 'authorization-expired' });
    expect(await start('captured')).toMatchObject({ status: 200, body: { status: 'committed' } });
    expect(await start('voided')).toMatchObject({ status: 409, body: { code: 'already-voided' } });
    await eventually(
      'the repetition says that it has expired',
      async () => ((await start('expired')).body['code'] === 'authorization-expired' ? true : undefined),
      { deadlineMs: 60_000 },
    );
    expect((await start('voided')).headers.get('idempotency-replayed')).toBe('true');
  });

  it('judges the expiry by the clock of the database, however late the sweep is', async () => {
    const id = await authorize(100);
    await service.database.query(
      `update transactions set expires_at = clock_timestamp() - interval '1 ms', next_attempt_at = 'infinity' where id = $1`,
      [id],
    );
    expect(await capture(id)).toMatchObject({ status: 409, body: { code: 'authorization-expired' } });
    // What the capture was told is decided with that, and released.
    expect(await client.post(`/transfers/${id}/void`)).toMatchObject({ body: { code: 'authorization-expired' } });
    await eventually(
      'it is released',
      async () => ((await client.get(`/transfers/${id}`)).body['status'] === 'aborted' ? true : undefined),
      { deadlineMs: 60_000 },
    );
  });

  it('takes a record that another session has locked for undecided, not for expired', async () => {
    const [one, two] = [await authorize(10), await authorize(10)];
    const waiting = await service.database.whileLocked('select from transactions for update', async () => {
      const replies = [capture(one), client.post(`/transfers/${two}/void`)];
      await new Promise((resolve) => setTimeout(resolve, 100));
      return replies;
    });
    const [captured, voided] = await Promise.all(waiting);
    expect(captured).toMatchObject({ status: 200, body: { status: 'committed' } });
    expect(voided).toMatchObject({ status: 200, body: { status: 'aborted', reason: { kind: 'voided' } } });
  });

  it('says that the outcome is not known when a record stays locked', async () => {
    const id = await authorize(10);
    const locked = await service.database.whileLocked('select from transactions for update', () => capture(id));
    expect(locked).toMatchObject({ status: 503, body: { code: 'unavailable', away: 'lock', outcome: 'unknown' } });
    expect((await capture(id)).status).toBe(200);
  });

  it('counts how authorizations end, and how late the expired ones are released', async () => {
    const counted = async () => {
      const text = String((await client.as('admin-token').get('/metrics')).body['text']);
      const value = (name: string) => Number(text.match(new RegExp(`^tandem_${name} (\\S+)$`, 'm'))?.[1] ?? 0);
      return {
        captured: value('authorizations_ended_total\\{how="captured"\\}'),
        voided: value('authorizations_ended_total\\{how="voided"\\}'),
        expired: value('authorizations_ended_total\\{how="expired"\\}'),
        releases: value('authorization_release_lag_seconds_count'),
        lateBy: value('authorization_release_lag_seconds_sum'),
        aborted: value('transfers_total\\{outcome="aborted",reason="expired"\\}'),
      };
    };
    const before = await counted();
    await capture(await authorize(1));
    await client.post(`/transfers/${await authorize(1)}/void`);
    const late = await authorize(1);
    await service.database.query(
      `update transactions set expires_at = clock_timestamp() - interval '5 s', next_attempt_at = clock_timestamp() where id = $1`,
      [late],
    );
    await eventually(
      'the sweep releases it',
      async () => ((await counted()).aborted > before.aborted ? true : undefined),
      {
        deadlineMs: 60_000,
      },
    );
    const after = await counted();
    expect(after).toMatchObject({
      captured: before.captured + 1,
      voided: before.voided + 1,
      expired: before.expired + 1,
      releases: before.releases + 1,
    });
    expect(after.lateBy - before.lateBy).toBeGreaterThan(5);
    expect(after.lateBy - before.lateBy).toBeLessThan(60);
  });

  it('lets one of several decisions win, and tells the others which', async () => {
    for (let round = 0; round < 10; round += 1) {
      const id = await authorize(50);
      const replies = await Promise.all([
        capture(id, { amount: 20 }),
        capture(id, { amount: 30 }),
        client.post(`/transfers/${id}/void`),
      ]);
      const won = replies.filter(({ status }) => status === 200);
      expect(won).toHaveLength(1);
      const codes = new Set(replies.filter(({ status }) => status !== 200).map(({ body }) => String(body['code'])));
      expect(codes).toEqual(new Set([won[0]?.body['status'] === 'committed' ? 'already-captured' : 'already-voided']));
    }
    expect(await amountsOf('guest')).toMatchObject({ held: 0 });
    expect(await amountsOf('hotel')).toMatchObject({ incoming: 0 });
  });

  it('has nothing to capture where nothing was authorized', async () => {
    const body = { origin: 'guest', destination: 'hotel', amount: 1 };
    const id = String((await client.post('/transfers', { body })).body['id']);
    expect(await capture(id)).toMatchObject({ status: 409, body: { code: 'not-authorized' } });
    // Still preparing: its branches have not all voted.
    const preparing = '01ffffff-0000-7000-8000-000000000001';
    await service.database.query(
      `insert into transactions (id, type, query, branches, asked_first, status, deadline_at, expires_at, next_attempt_at, created_at)
       values ($1, 'transfer', $2, '{guest,hotel}', 1, 'preparing', now() + interval '1 hour', now() + interval '1 hour', 'infinity', now())`,
      [preparing, { postings: [{ origin: 'guest', destination: 'hotel', amount: 1 }], capture: 'manual' }],
    );
    for (const step of ['capture', 'void']) {
      expect(await client.post(`/transfers/${preparing}/${step}`)).toMatchObject({
        status: 409,
        body: { code: 'not-authorized', transferStatus: 'preparing' },
      });
    }
    await service.database.query('delete from transactions where id = $1', [preparing]);
    expect(await capture('01900000-0000-7000-8000-000000000000')).toMatchObject({ status: 404 });
  });

  it('refunds no more than was captured, however many refunds are asked for at once', async () => {
    const id = await authorize(100);
    await capture(id, { amount: 60 });
    const refund = (amount: number) =>
      client.post('/transfers', { body: { origin: 'hotel', destination: 'guest', amount, refunds: id } });
    const replies = await Promise.all(Array.from({ length: 10 }, () => refund(20)));
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(3);
    expect(replies.find(({ status }) => status !== 200)).toMatchObject({
      status: 422,
      body: { code: 'refund-exceeds-capture', refundable: 0 },
    });
    const [first] = replies.filter(({ status }) => status === 200);
    expect(first?.body).toMatchObject({ refunds: id, branches: [{ account: 'hotel' }, { account: 'guest' }] });
    const tooMuch = replies.find(({ status }) => status !== 200);
    const { body: kept } = await client.get(`/transfers/${String(tooMuch?.body['transferId'])}`);
    expect(kept).toMatchObject({
      status: 'aborted',
      reason: { kind: 'branches', reasons: [{ kind: 'refund-exceeds-capture', account: 'hotel' }] },
    });
    // A refund that is authorized takes its part of the right, and gives it back when it is voided.
    const again = await authorize(50);
    await capture(again);
    const half = { origin: 'hotel', destination: 'guest', amount: 50, refunds: again };
    const { body: held } = await client.post('/transfers', { body: { ...half, capture: 'manual' } });
    expect(held).toMatchObject({ status: 'authorized', refunds: again });
    expect(await client.post('/transfers', { body: { ...half, amount: 1 } })).toMatchObject({
      body: { code: 'refund-exceeds-capture', refundable: 0 },
    });
    await client.post(`/transfers/${String(held['id'])}/void`);
    expect((await client.post('/transfers', { body: half })).body).toMatchObject({ status: 'committed' });
    const other = { origin: 'city', destination: 'guest', amount: 1, refunds: id };
    expect(await client.post('/transfers', { body: other })).toMatchObject({ body: { code: 'not-refundable' } });
    const accounts = (await client.get('/accounts')).body['items'] as { id: string }[];
    expect(accounts.map((account) => account.id)).toEqual(['agent', 'city', 'guest', 'hotel']);
    expect((await client.as('admin-token').get('/admin/wallets')).body['count']).toBe(4);
  });
});

import type { Client } from './client';
import { WholeService } from './serviceHarness';

describe('a transfer of several postings', () => {
  let service: WholeService;
  let client: Client;

  beforeAll(async () => {
    service = await WholeService.start();
    client = service.client;
    for (const id of ['shopper', 'seller', 'fees', 'tax', 'poor']) await client.post(`/account/${id}`);
    await client.post('/account/shopper/deposit/1000');
  });

  afterAll(() => service.stop());

  const post = (postings: readonly (readonly [string, string, number])[], more: object = {}, key?: string) =>
    client.post('/transfers', {
      body: { postings: postings.map(([origin, destination, amount]) => ({ origin, destination, amount })), ...more },
      ...(key !== undefined && { headers: { 'idempotency-key': key } }),
    });
  const balanceOf = async (id: string): Promise<unknown> =>
    (await client.get(`/account/${id}/balance`)).body['balance'];
  const entriesOf = async (id: string) =>
    (await client.get(`/account/${id}/entries`)).body['items'] as { kind: string; amount: number; posting?: number }[];

  it('moves all of them at one instant, one branch for each account, and journals each gross', async () => {
    const split = [
      ['shopper', 'seller', 80] as const,
      ['shopper', 'fees', 5] as const,
      ['shopper', 'tax', 15] as const,
    ];
    const { status, body } = await post(split);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      status: 'committed',
      amount: 100,
      postings: split.map(([origin, destination, amount]) => ({ origin, destination, amount })),
      branches: [
        { account: 'shopper', direction: 'debit', state: 'committed' },
        { account: 'seller', direction: 'credit', state: 'committed' },
        { account: 'fees', direction: 'credit', state: 'committed' },
        { account: 'tax', direction: 'credit', state: 'committed' },
      ],
    });
    expect([await balanceOf('shopper'), await balanceOf('seller'), await balanceOf('fees')]).toEqual([900, 80, 5]);
    const spent = (await entriesOf('shopper')).filter(({ kind }) => kind === 'spend');
    expect(spent.map(({ amount, posting }) => [posting, amount])).toEqual([
      [2, 15],
      [1, 5],
      [0, 80],
    ]);
  });

  it('asks an account for its net: what comes in may pay for what goes out', async () => {
    expect((await post([['poor', 'fees', 40]])).status).toBe(422);
    const reply = await post([
      ['poor', 'fees', 40],
      ['shopper', 'poor', 50],
    ]);
    expect(reply.status).toBe(200);
    expect([await balanceOf('poor'), await balanceOf('fees')]).toEqual([10, 45]);
    // What nets to zero holds nothing, and its account still has to be there.
    const through = await post([
      ['shopper', 'tax', 7],
      ['tax', 'seller', 7],
    ]);
    expect(through.status).toBe(200);
    const absent = await post([
      ['shopper', 'nowhere', 7],
      ['nowhere', 'seller', 7],
    ]);
    expect(absent).toMatchObject({ status: 422, body: { code: 'postings-refused' } });
  });

  it('names every account that is known to refuse, with its postings, and moves nothing', async () => {
    const before = await balanceOf('seller');
    const reply = await post([
      ['shopper', 'seller', 5_000],
      ['poor', 'seller', 70],
      ['shopper', 'fees', 1],
    ]);
    expect(reply).toMatchObject({ status: 422, body: { code: 'postings-refused' } });
    expect(reply.body['refusals']).toEqual([
      { account: 'shopper', postings: [0, 2], code: 'insufficient-funds', missing: expect.any(Number) },
      { account: 'poor', postings: [1], code: 'insufficient-funds', missing: 60 },
    ]);
    expect(await balanceOf('seller')).toBe(before);
    expect((await client.get('/transfers?account=fees&status=aborted&limit=1')).body['items']).toMatchObject([
      { amount: 5_071 },
    ]);
  });

  it('keeps one answer under one key, and takes another order of postings for another request', async () => {
    const [first, second] = [['shopper', 'seller', 1] as const, ['shopper', 'fees', 2] as const];
    const made = await post([first, second], {}, 'split-1');
    const again = await post([first, second], {}, 'split-1');
    expect(again.body['id']).toBe(made.body['id']);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(await post([second, first], {}, 'split-1')).toMatchObject({
      status: 422,
      body: { code: 'idempotency-key-reused' },
    });
  });

  it.each([
    [{ postings: [] }, 'postings'],
    [{ postings: [{ origin: 'a', destination: 'b', amount: 1 }], origin: 'a' }, 'origin'],
    [{ postings: Array.from({ length: 101 }, () => ({ origin: 'a', destination: 'b', amount: 1 })) }, 'postings'],
    [{ postings: [{ origin: 'a', destination: 'b', amount: 0 }] }, 'postings.0.amount'],
    [{ postings: [1, 2].map(() => ({ origin: 'a', destination: 'b', amount: Number.MAX_SAFE_INTEGER })) }, 'postings'],
    [{ origin: 'a', destination: 'b', amount: 1, expiresInMs: 5_000 }, 'expiresInMs'],
    [{ origin: 'a', destination: 'b', amount: 1, currency: 'eur' }, 'currency'],
  ])('refuses %j', async (body, path) => {
    const reply = await client.post('/transfers', { body });
    expect(reply).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
    expect((reply.body['errors'] as { path: string }[]).map((error) => error.path)).toContain(path);
  });

  it('refuses a posting from an account to itself', async () => {
    expect(await post([['shopper', 'shopper', 1]])).toMatchObject({ status: 422, body: { code: 'same-account' } });
  });

  it('takes many transfers in one request, each as it would have been answered alone, and repeats none', async () => {
    const transfers = Array.from({ length: 20 }, (_, n) => ({
      idempotencyKey: `pay-${n}`,
      origin: 'shopper',
      destination: n === 7 ? 'nowhere' : 'seller',
      amount: 1,
    }));
    const before = Number(await balanceOf('seller'));
    for (let time = 0; time < 2; time += 1) {
      const { status, body } = await client.post('/transfers/batch', { body: { transfers } });
      expect(status).toBe(200);
      const results = body['results'] as { status: number; transfer?: object; problem?: { code: string } }[];
      expect(results.map((result) => result.status)).toEqual(transfers.map((_, n) => (n === 7 ? 404 : 200)));
      expect(results[7]?.problem).toMatchObject({ code: 'account-not-found', account: 'nowhere' });
    }
    expect(await balanceOf('seller')).toBe(before + 19);
  });

  it('counts every transfer of a batch in the admission, and refuses what is too large', async () => {
    const transfers = Array.from({ length: 1_001 }, (_, n) => ({
      idempotencyKey: `k${n}`,
      origin: 'a',
      destination: 'b',
      amount: 1,
    }));
    expect((await client.post('/transfers/batch', { body: { transfers } })).status).toBe(400);
    expect((await client.post('/transfers/batch', { body: 'x'.repeat(1024 * 1024 + 1) })).status).toBe(413);
  });
});

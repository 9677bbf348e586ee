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

  it('asks an account that nets to zero all the same: one that is frozen refuses', async () => {
    await client.post('/account/middle');
    const through = () =>
      post([
        ['shopper', 'middle', 7],
        ['middle', 'seller', 7],
      ]);
    await client.call('PATCH', '/account/middle', { body: { frozen: 'debits' } });
    expect(await through()).toMatchObject({
      status: 422,
      body: { code: 'postings-refused', refusals: [{ account: 'middle', postings: [0, 1], code: 'account-frozen' }] },
    });
    await client.call('PATCH', '/account/middle', { body: { frozen: null } });
    expect((await through()).status).toBe(200);
    expect((await client.get('/account/middle')).body).toMatchObject({ balance: 0, held: 0, incoming: 0 });
    // Both of its lines are in its statement, each with its posting.
    const lines = (await entriesOf('middle')).filter(({ kind }) => kind === 'spend' || kind === 'receive');
    expect(lines.map(({ kind, amount, posting }) => [kind, amount, posting])).toEqual([
      ['spend', 7, 1],
      ['receive', 7, 0],
    ]);
  });

  it('comes to the same in every order of its postings', async () => {
    for (const id of ['p', 'q', 'r']) await client.post(`/account/${id}`);
    await client.post('/account/p/deposit/100');
    const works = [['p', 'q', 30] as const, ['q', 'r', 40] as const, ['p', 'q', 10] as const];
    const fails = [['p', 'q', 30] as const, ['q', 'r', 45] as const, ['nowhere', 'q', 10] as const];
    const orders = [
      [0, 1, 2],
      [0, 2, 1],
      [1, 0, 2],
      [1, 2, 0],
      [2, 0, 1],
      [2, 1, 0],
    ];
    const inOrder = <T>(all: readonly T[], order: readonly number[]): T[] => order.flatMap((n) => all.slice(n, n + 1));
    for (const order of orders) {
      const reply = await post(inOrder(works, order));
      expect(reply.status).toBe(200);
      expect([await balanceOf('p'), await balanceOf('q'), await balanceOf('r')]).toEqual([60, 0, 40]);
      expect((await post([['r', 'p', 40]])).status).toBe(200);
      const refused = await post(inOrder(fails, order));
      const refusals = refused.body['refusals'] as { account: string; code: string; missing?: number }[];
      const told = refusals.map(({ account, code, missing }) => `${account} ${code} ${missing ?? ''}`);
      expect(told.toSorted()).toEqual(['nowhere account-not-found ', 'q insufficient-funds 5']);
    }
  });

  it('may have a hundred postings over a hundred accounts, and no more of either', async () => {
    const many = Array.from({ length: 99 }, (_, n) => `many-${n}`);
    await Promise.all(many.map((id) => client.post(`/account/${id}`)));
    const hundred = many.map((id) => ['shopper', id, 1] as const);
    expect((await post([...hundred, ['shopper', 'many-0', 1]])).status).toBe(200);
    expect(await balanceOf('many-0')).toBe(2);
    const tooMany = await post([...hundred, ['seller', 'fees', 1]]);
    expect(tooMany).toMatchObject({ status: 400, body: { errors: [{ path: 'postings' }] } });
  });

  it('keeps the codes of one posting where it has one, however it is written', async () => {
    const expected = { status: 422, body: { code: 'insufficient-funds', account: 'shopper' } };
    const one = { origin: 'shopper', destination: 'seller', amount: 1_000_000 };
    expect(await client.post('/transfers', { body: one })).toMatchObject(expected);
    expect(await client.post('/transfers', { body: { postings: [one] } })).toMatchObject(expected);
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
});

import type { Client } from './client';
import { WholeService } from './serviceHarness';

/** What owners may learn and decide where others pay too. */
describe('an owner who is one of several that pay', () => {
  let service: WholeService;
  let shop: Client;
  let alice: Client;

  beforeAll(async () => {
    service = await WholeService.start();
    shop = service.client;
    alice = shop.as('alice-token');
    for (const id of ['alice', 'bob', 'shop']) await shop.post(`/account/${id}`);
    await shop.post('/account/alice/deposit/100');
    await shop.post('/account/bob/deposit/100');
  });

  afterAll(() => service.stop());

  const shared = (bobs: number, more: object = {}) =>
    shop.post('/transfers', {
      body: {
        postings: [
          { origin: 'alice', destination: 'shop', amount: 10 },
          { origin: 'bob', destination: 'shop', amount: bobs },
        ],
        ...more,
      },
    });

  it('sees its own part, and what the others pay is theirs', async () => {
    const { body } = await shared(20);
    const id = String(body['id']);
    expect(body).toMatchObject({ amount: 30, postings: [{ amount: 10 }, { amount: 20 }] });
    const seen = (await alice.get(`/transfers/${id}`)).body;
    expect(seen).toMatchObject({ id, status: 'committed', origin: 'alice', destination: 'shop', amount: 10 });
    expect((seen['branches'] as { account: string }[]).map(({ account }) => account)).toEqual(['alice', 'shop']);
    expect(JSON.stringify(seen)).not.toContain('bob');
    const [listed] = (await alice.get('/transfers')).body['items'] as object[];
    expect(listed).toEqual(seen);
  });

  it('is not told what the others are short of', async () => {
    const { body } = await shared(250);
    expect(body).toMatchObject({ code: 'postings-refused', refusals: [{ account: 'bob', missing: 170 }] });
    const id = String(body['transferId']);
    const seen = [
      (await alice.get(`/transfers/${id}`)).body,
      ((await alice.get('/transfers')).body['items'] as object[])[0],
    ];
    for (const transfer of seen) {
      expect(transfer).toMatchObject({ id, status: 'aborted', amount: 10, reason: { kind: 'branches', reasons: [] } });
      expect(JSON.stringify(transfer)).not.toContain('bob');
    }
    expect(JSON.stringify((await shop.as('bob-token').get(`/transfers/${id}`)).body)).toContain('"missing":170');
  });

  it('names no participants: that is for services and admins', async () => {
    const one = {
      origin: 'alice',
      destination: 'shop',
      amount: 1,
      participants: [{ participant: 'stock', branch: 'b' }],
    };
    expect(await alice.post('/transfers', { body: one })).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    const { body } = await alice.post('/transfers/batch', { body: { transfers: [{ idempotencyKey: 'k', ...one }] } });
    expect(body['results']).toMatchObject([{ status: 403, problem: { code: 'forbidden' } }]);
  });

  it('sees the transfer and cannot decide it', async () => {
    const { body } = await shared(20, { capture: 'manual' });
    const id = String(body['id']);
    expect(await alice.get(`/transfers/${id}`)).toMatchObject({ status: 200, body: { status: 'authorized' } });
    for (const step of ['capture', 'void', 'abort']) {
      expect(await alice.post(`/transfers/${id}/${step}`)).toMatchObject({ status: 403, body: { code: 'forbidden' } });
      expect((await shop.as('carol-token').post(`/transfers/${id}/${step}`)).status).toBe(404);
    }
    expect((await shop.post(`/transfers/${id}/void`)).status).toBe(200);
  });

  it('cannot make another pay, in one transfer or in a batch, nor learn whether that account is there', async () => {
    for (const other of ['bob', 'missing']) {
      const foreign = { origin: other, destination: 'shop', amount: 1 };
      const postings = [{ origin: 'alice', destination: 'shop', amount: 1 }, foreign];
      expect(await alice.post('/transfers', { body: { postings } })).toMatchObject({
        status: 404,
        body: { code: 'account-not-found', account: other },
      });
      const transfers = [
        { idempotencyKey: `own ${other}`, origin: 'alice', destination: 'shop', amount: 1 },
        { idempotencyKey: `others ${other}`, ...foreign },
        { idempotencyKey: `both ${other}`, postings },
      ];
      const { body } = await alice.post('/transfers/batch', { body: { transfers } });
      expect(body['results']).toMatchObject([
        { status: 200 },
        { status: 404, problem: { code: 'account-not-found', account: other } },
        { status: 404, problem: { code: 'account-not-found', account: other } },
      ]);
    }
  });

  it('finds no transfer by an account that it does not pay there', async () => {
    await shared(20);
    const found = async (account: string): Promise<number> =>
      ((await alice.get(`/transfers?account=${account}`)).body['items'] as object[]).length;
    expect(await found('bob')).toBe(0);
    expect(await found('carol')).toBe(0);
    expect(await found('alice')).toBeGreaterThan(0);
    expect(await found('shop')).toBeGreaterThan(0);
    expect(((await shop.get('/transfers?account=bob')).body['items'] as object[]).length).toBeGreaterThan(0);
  });
});

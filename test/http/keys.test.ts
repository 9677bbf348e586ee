import type { Client, Reply } from './client';
import { WholeService } from './serviceHarness';

const TOKENS = 'alice-token=alice,bobby-token=bob,shop-token-x=shop:service,admin-token=root:admin';

describe('looking for an idempotency key', () => {
  let service: WholeService;
  let admin: Client;

  beforeAll(async () => {
    service = await WholeService.start({ AUTH_TOKENS: TOKENS });
    admin = service.client.as('admin-token');
    for (const id of ['alice', 'bob']) {
      await admin.post(`/account/${id}`);
      await admin.post(`/account/${id}/deposit/100`);
    }
  });

  afterAll(() => service.stop());

  const pay = (token: string, from: string, to: string, key: string): Promise<Reply> =>
    service.client.as(token).post(`/account/${from}/transfer/to/${to}/1`, { headers: { 'idempotency-key': key } });
  const find = (key: string, by = admin) => by.get(`/idempotency-keys?key=${encodeURIComponent(key)}`);

  it('finds what it stands for, for every caller that chose it', async () => {
    const ids = [];
    for (const [token, from, to] of [
      ['alice-token', 'alice', 'bob'],
      ['bobby-token', 'bob', 'alice'],
      ['shop-token-x', 'alice', 'bob'],
    ] as const) {
      ids.push((await pay(token, from, to, 'rent / may')).body['id']);
      await pay(token, from, to, 'other');
    }
    const { status, body } = await find('rent / may');
    expect(status).toBe(200);
    expect(body['items']).toMatchObject([
      { role: 'service', owner: 'shop', transferId: ids[2] },
      { role: 'owner', owner: 'bob', transferId: ids[1] },
      { role: 'owner', owner: 'alice', transferId: ids[0] },
    ]);
    const one = await admin.get('/idempotency-keys?key=other&limit=1');
    expect(one.body['items']).toMatchObject([{ owner: 'shop' }]);
  });

  it('finds a deposit, which is no transfer', async () => {
    await admin.post('/account/alice/deposit/5', { headers: { 'idempotency-key': 'pay-in' } });
    const { body } = await find('pay-in');
    expect(body['items']).toEqual([{ role: 'admin', owner: 'root', createdAt: expect.any(String) }]);
  });

  it('finds nothing where there is nothing, and no key of the service’s own', async () => {
    expect((await find('unheard-of')).body['items']).toEqual([]);
    const [own] = await service.database.query<{ key: string }>(
      "select key from idempotency_keys where scope = '' limit 1",
    );
    expect(own?.key).toMatch(/^[0-9a-f-]{36}$/);
    expect((await find(String(own?.key))).body['items']).toEqual([]);
  });

  it('tells an owner nothing, and takes no key that cannot be one', async () => {
    expect((await find('rent / may', service.client.as('alice-token'))).status).toBe(403);
    expect((await find('rent / may', service.client.as('shop-token-x'))).status).toBe(200);
    expect((await find('schlüssel')).status).toBe(400);
    expect((await admin.get('/idempotency-keys')).status).toBe(400);
  });
});

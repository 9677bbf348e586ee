import type { Client } from './client';
import { WholeService } from './serviceHarness';

const TOKENS = { till: 'till-token-1', alice: 'alice-token-1' };

describe('with tokens', () => {
  let service: WholeService;
  let till: Client;
  let alice: Client;

  beforeAll(async () => {
    service = await WholeService.start({ AUTH_TOKENS: `${TOKENS.till}=till-3:service,${TOKENS.alice}=alice` });
    till = service.client.as(TOKENS.till);
    alice = service.client.as(TOKENS.alice);
  });

  afterAll(() => service.stop());

  const itemsOf = async (path: string) => (await till.get(path)).body['items'] as Record<string, unknown>[];

  it('a transfer and each entry say who asked for it, and hold no token', async () => {
    for (const id of ['alice', 'bob']) await till.post(`/account/${id}`);
    const body = { description: 'change', metadata: { receipt: 7 } };
    await till.post('/account/alice/deposit/100', { body });
    await till.post('/account/alice/withdraw/10', { body, headers: { 'idempotency-key': 'w-1' } });
    await alice.post('/wallet/deposit', { body: { amountCents: 5 } });
    const { body: transfer } = await alice.post('/account/alice/transfer/to/bob/20');
    expect(transfer).toMatchObject({ status: 'committed', requestedBy: 'alice' });
    expect((await till.get(`/transfers/${String(transfer['id'])}`)).body['requestedBy']).toBe('alice');
    expect(await itemsOf('/transfers')).toMatchObject([{ requestedBy: 'alice' }]);

    const entries = await itemsOf('/account/alice/entries');
    const told = (kind: string, by: string) => entries.find((one) => one['kind'] === kind && one['requestedBy'] === by);
    expect(told('deposit', 'till-3')).toMatchObject({ amount: 100, ...body });
    expect(told('withdraw', 'till-3')).toMatchObject({ amount: 10, ...body });
    expect(told('deposit', 'alice')).toMatchObject({ amount: 5 });
    expect(told('spend', 'alice')).toMatchObject({ amount: 20, transferId: transfer['id'] });
    expect(await itemsOf('/account/bob/entries?kind=receive')).toMatchObject([{ amount: 20, requestedBy: 'alice' }]);

    for (const table of ['journal', 'transactions', 'idempotency_keys', 'accounts']) {
      const rows = await service.database.query(`select to_jsonb(t)::text as text from ${table} t`);
      expect(rows.length).toBeGreaterThan(0);
      for (const token of Object.values(TOKENS)) expect(JSON.stringify(rows)).not.toContain(token);
    }
  });

  it('a service lists accounts in pages of any size, with what is on them and when they were opened', async () => {
    const ids = ['p-1', 'p-2', 'p-3', 'p-4'];
    for (const id of ids) await till.post(`/account/${id}`);
    await till.post('/account/p-2/deposit/40');
    await till.post('/account/p-2/transfer/to/p-3/15');
    const all = await itemsOf('/accounts');
    expect(all.map(({ id }) => id)).toEqual(all.map(({ id }) => String(id)).toSorted());
    expect(all).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ id: 'p-2', balance: 25, held: 0, incoming: 0, available: 25, state: 'open' }),
        expect.objectContaining({ id: 'p-3', balance: 15 }),
        expect.objectContaining({ id: 'p-4', balance: 0 }),
      ]),
    );
    for (const { id, openedAt } of all) {
      const [opened] = await itemsOf(`/account/${String(id)}/entries?kind=opened`);
      expect(openedAt).toBe(opened?.['occurredAt']);
    }
    for (const limit of [1, 2, all.length, all.length + 1]) {
      const seen: unknown[] = [];
      let cursor = '';
      do {
        const { body } = await till.get(`/accounts?limit=${limit}${cursor}`);
        const { items, nextCursor } = body as { items: unknown[]; nextCursor: string | null };
        expect(items.length).toBeLessThanOrEqual(limit);
        seen.push(...items);
        cursor = nextCursor === null ? '' : `&cursor=${nextCursor}`;
      } while (cursor !== '');
      expect(seen).toEqual(all);
    }
    expect((await alice.get('/accounts')).status).toBe(403);
  });
});

import { TandemClient } from '../../src/client/tandemClient';
import type { Client } from './client';
import { WholeService } from './serviceHarness';

interface Hold {
  readonly transferId: string;
  readonly direction: 'debit' | 'credit';
  readonly amount: number;
  readonly since: string;
  readonly expiresAt: string;
}

describe('the open holds of an account', () => {
  let service: WholeService;
  let client: Client;

  beforeAll(async () => {
    service = await WholeService.start();
    client = service.client;
    for (const id of ['alice', 'bob', 'hub', 'busy']) await client.post(`/account/${id}`);
    for (const id of ['alice', 'hub', 'busy']) await client.post(`/account/${id}/deposit/1000`);
  });

  afterAll(() => service.stop());

  async function authorize(body: object, by: Client = client): Promise<string> {
    const reply = await by.post('/transfers', { body: { capture: 'manual', ...body } });
    expect(reply).toMatchObject({ status: 200, body: { status: 'authorized' } });
    return String(reply.body['id']);
  }

  const holdsOf = async (id: string, query = ''): Promise<readonly Hold[]> =>
    (await client.get(`/account/${id}/holds${query}`)).body['items'] as Hold[];

  it('tells of each what it is for, since when, until when, and who asked', async () => {
    const expiresInMs = 3_600_000;
    const body = { origin: 'alice', destination: 'bob', amount: 30, expiresInMs };
    const id = await authorize(body, client.as('alice-token'));
    const { body: transfer } = await client.get(`/transfers/${id}`);
    const told = { transferId: id, amount: 30, status: 'authorized', expiresAt: transfer['expiresAt'] };
    expect(await holdsOf('alice')).toEqual([
      { ...told, direction: 'debit', since: transfer['createdAt'], requestedBy: 'alice' },
    ]);
    expect(await holdsOf('bob')).toMatchObject([{ ...told, direction: 'credit' }]);
    const [entry] = (await client.get('/account/alice/entries?kind=hold')).body['items'] as Hold[];
    expect(entry).toMatchObject({ transferId: id, amount: 30, expiresAt: transfer['expiresAt'] });
    await client.post(`/transfers/${id}/capture`, { body: { amount: 10 } });
    expect([await holdsOf('alice'), await holdsOf('bob')]).toEqual([[], []]);
  });

  it('lists both sides of an account that pays and receives, in sum what its balance says', async () => {
    const postings = [
      { origin: 'alice', destination: 'hub', amount: 50 },
      { origin: 'hub', destination: 'bob', amount: 45 },
    ];
    const id = await authorize({ postings });
    const holds = await holdsOf('hub');
    expect(new Set(holds.map(({ direction, amount }) => `${direction} ${amount}`))).toEqual(
      new Set(['debit 45', 'credit 50']),
    );
    expect((await client.get('/account/hub')).body).toMatchObject({ held: 45, incoming: 50 });
    await client.post(`/transfers/${id}/void`);
    expect(await holdsOf('hub')).toEqual([]);
  });

  it('lists them newest first, in pages of any size', async () => {
    const made: string[] = [];
    for (let n = 0; n < 5; n += 1) {
      made.unshift(await authorize({ origin: 'alice', destination: 'bob', amount: 1 }));
    }
    const typed = new TandemClient(client.url);
    for (const limit of [1, 2, 5, 6]) {
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await typed.holds('alice', { limit, ...(cursor !== undefined && { cursor }) });
        if (!page.ok) throw new Error(page.problem.detail);
        expect(page.value.items.length).toBeLessThanOrEqual(limit);
        seen.push(...page.value.items.map(({ transferId }) => String(transferId)));
        cursor = page.value.nextCursor ?? undefined;
      } while (cursor !== undefined);
      expect(seen).toEqual(made);
    }
    for (const id of made) await client.post(`/transfers/${id}/void`);
  });

  it('finds one that is older than a thousand entries, with the time at which it began', async () => {
    const id = await authorize({ origin: 'busy', destination: 'bob', amount: 7 });
    const [before] = await holdsOf('busy');
    const hundred = Array.from({ length: 110 });
    for (let n = 0; n < 10; n += 1) await Promise.all(hundred.map(() => client.post('/account/busy/deposit/1')));
    const carried = await service.database.query(
      `select count(*)::int as carried from journal where account_id = 'busy' and kind = 'carry'`,
    );
    expect(carried).toEqual([{ carried: 1 }]);
    expect(await holdsOf('busy')).toEqual([before]);
    await client.post(`/transfers/${id}/capture`);
    expect(await holdsOf('busy')).toEqual([]);
  });

  it('lists a page of twenty thousand, whatever PostgreSQL believes of their number', async () => {
    const count = 20_000;
    await client.post('/account/big');
    await service.database.query(
      `insert into journal (account_id, seq, kind, amount, balance_after, held_after, incoming_after, open_since, transaction_id, occurred_at)
       select 'big', n + 1, 'hold', 1, 0, n, 0, 2, gen_random_uuid(), now() from generate_series(1, $1::int) n`,
      [count],
    );
    const { status, body } = await client.get('/account/big/holds?limit=20');
    expect([status, (body['items'] as object[]).length]).toEqual([200, 20]);
    expect(body['nextCursor']).toEqual(expect.any(String));
  });

  it('answers 404 where there is no such account, or none for this caller, and 400 for what it does not know', async () => {
    expect((await client.get('/account/nowhere/holds')).status).toBe(404);
    expect((await client.as('bob-token').get('/account/alice/holds')).status).toBe(404);
    expect((await client.get('/account/alice/holds?status=authorized')).status).toBe(400);
    expect((await client.get('/account/alice/holds?limit=0')).status).toBe(400);
  });
});

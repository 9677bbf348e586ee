import type { Client } from './client';
import { WholeService } from './serviceHarness';

interface Listed {
  readonly items: { readonly id: string; readonly status: string; readonly seq: number; readonly kind: string }[];
  readonly nextCursor: string | null;
}

describe('looking back', () => {
  let service: WholeService;
  let client: Client;
  const made: string[] = [];

  beforeAll(async () => {
    service = await WholeService.start();
    client = service.client;
    for (const id of ['alice', 'bob', 'carol']) await client.post(`/account/${id}`);
    await client.post('/account/alice/deposit/100');
    await client.post('/account/bob/deposit/100');
    for (let n = 0; n < 7; n += 1) {
      const path = n % 2 === 0 ? '/account/alice/transfer/to/bob/5' : '/account/bob/transfer/to/carol/500';
      const { body } = await client.post(path);
      made.unshift(String(body['id'] ?? body['transferId']));
    }
  });

  afterAll(() => service.stop());

  async function list(path: string, by = client): Promise<Listed> {
    const { status, body } = await by.get(path);
    expect(status).toBe(200);
    return body as unknown as Listed;
  }

  async function all(path: string, limit: number): Promise<Listed['items']> {
    const items: Listed['items'] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: Listed = await list(`${path}limit=${limit}${cursor === '' ? '' : `&cursor=${cursor}`}`);
      expect(page.items.length).toBeLessThanOrEqual(limit);
      items.push(...page.items);
      cursor = page.nextCursor;
    }
    return items;
  }

  it('lists transfers, newest first, in pages of any size', async () => {
    for (const limit of [1, 2, 3, 7, 20]) {
      expect((await all('/transfers?', limit)).map(({ id }) => id)).toEqual(made);
    }
  });

  it('filters them by status and by account', async () => {
    const committed = made.filter((_id, index) => index % 2 === 0);
    const aborted = made.filter((_id, index) => index % 2 === 1);
    const ids = async (query: string) => (await all(`/transfers?${query}&`, 2)).map(({ id }) => id);
    expect(await ids('status=committed')).toEqual(committed);
    expect(await ids('status=aborted')).toEqual(aborted);
    expect(await ids('status=failed')).toEqual([]);
    expect(await ids('account=bob')).toEqual(made);
    expect(await ids('account=carol')).toEqual(aborted);
    expect(await ids('account=carol&status=committed')).toEqual([]);
    expect(await ids('account=missing')).toEqual([]);
  });

  it('shows owners the transfers that they pay for', async () => {
    const alice = await list('/transfers', client.as('alice-token'));
    expect(alice.items.map(({ id }) => id)).toEqual(made.filter((_id, index) => index % 2 === 0));
    expect((await list('/transfers?account=carol', client.as('alice-token'))).items).toEqual([]);
    expect((await list('/transfers', client.as('carol-token'))).items).toEqual([]);
  });

  it('finds a transfer that no driver has taken up yet', async () => {
    const id = '01ffffff-0000-7000-8000-000000000000';
    await service.database.query(
      `insert into transactions (id, type, query, branches, asked_first, status, deadline_at, next_attempt_at, created_at)
       values ($1, 'transfer', $2, '{alice,carol}', 1, 'preparing', now() + interval '1 hour', now() + interval '1 hour', now())`,
      [id, { postings: [{ origin: 'alice', destination: 'carol', amount: 1 }] }],
    );
    expect((await list('/transfers?account=carol&status=preparing')).items).toMatchObject([
      { id, status: 'preparing' },
    ]);
    await service.database.query('delete from transactions where id = $1', [id]);
  });

  it('lists the journal of an account with running balances', async () => {
    const entries = await all('/account/alice/entries?', 3);
    expect(entries.map(({ seq }) => seq)).toEqual(Array.from({ length: 10 }, (_, index) => 10 - index));
    expect(entries.at(-1)).toMatchObject({ kind: 'opened', amount: 0, balanceAfter: 0 });
    expect(entries.at(-2)).toMatchObject({ kind: 'deposit', amount: 100, balanceAfter: 100 });
    expect(entries[0]).toMatchObject({ kind: 'spend', amount: 5, balanceAfter: 80, transferId: made[0] });
    expect((await list('/account/carol/entries')).items).toMatchObject([{ kind: 'opened' }]);
  });

  it('neither repeats nor hides an entry when new ones arrive between two pages', async () => {
    const first = await list('/account/bob/entries?limit=2');
    await client.post('/account/bob/deposit/1');
    const second = await list(`/account/bob/entries?limit=2&cursor=${first.nextCursor}`);
    const seqs = [...first.items, ...second.items].map(({ seq }) => seq);
    expect(seqs).toEqual([seqs[0], Number(seqs[0]) - 1, Number(seqs[0]) - 2, Number(seqs[0]) - 3]);
  });

  it('lists the entries after an entry or before it, and shows the number of the last entry with the account', async () => {
    const of = async (query: string): Promise<unknown[]> =>
      (await list(`/account/alice/entries?${query}`)).items.map(({ seq }) => seq);
    expect((await client.get('/account/alice')).body).toMatchObject({ lastSeq: 10 });
    expect(await of('afterSeq=7')).toEqual([10, 9, 8]);
    expect(await of('afterSeq=10')).toEqual([]);
    expect(await of('beforeSeq=4&limit=2')).toEqual([3, 2]);
    expect(await of('afterSeq=4&beforeSeq=10&kind=spend')).toEqual([8, 6]);
    const { nextCursor } = await list('/account/alice/entries?afterSeq=7&limit=2');
    expect(await of(`afterSeq=7&limit=2&cursor=${nextCursor}`)).toEqual([8]);
  });

  it.each([
    '/account/alice/entries?afterSeq=-1',
    '/account/alice/entries?beforeSeq=1e3',
    '/transfers?limit=0',
    '/transfers?limit=201',
    '/transfers?limit=x',
    '/transfers?limit=1&limit=2',
    '/transfers?status=lost',
    '/transfers?account=a%20b',
    '/transfers?cursor=x',
    `/transfers?cursor=${Buffer.from('"not-an-id"').toString('base64url')}`,
    '/account/alice/entries?cursor=W10',
    `/account/alice/entries?cursor=${Buffer.from('1.5').toString('base64url')}`,
    `/account/alice/entries?cursor=${Buffer.from("'; drop table journal").toString('base64url')}`,
  ])('refuses %s', async (path) => {
    expect(await client.get(path)).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
  });

  const NOT_INSTANTS = [
    ['0000-01-01T00:00:00Z', 'must lie in the years 1 to 9999 of UTC'],
    ['0001-01-01T00:00:00+01:00', 'must lie in the years 1 to 9999 of UTC'],
    ['9999-12-31T23:59:59-00:01', 'must lie in the years 1 to 9999 of UTC'],
    ['9999-12-31T23:59:59-23:59', 'must lie in the years 1 to 9999 of UTC'],
    ['2026-11-21T22:00:00.1234567890Z', 'must have 9 digits at most after the point'],
    [`2026-11-21T22:00:00.${'0'.repeat(500)}Z`, 'must have 9 digits at most after the point'],
  ] as const;
  const WITH_INSTANTS = [
    ['/transfers', 'from'],
    ['/transfers', 'to'],
    ['/account/alice/entries', 'from'],
    ['/account/alice/entries', 'to'],
    ['/account/alice/balance', 'at'],
  ] as const;

  it.each(NOT_INSTANTS)('refuses the instant %s wherever one is given', async (instant, message) => {
    for (const [path, name] of WITH_INSTANTS) {
      const reply = await client.get(`${path}?${name}=${encodeURIComponent(instant)}`);
      expect(reply).toMatchObject({ status: 400, body: { errors: [{ in: 'query', path: name, message }] } });
    }
  });

  it.each([
    '0001-01-01T00:00:00Z',
    '0001-01-01T00:00:00-15:59',
    '9999-12-31T23:59:59.999999999Z',
    '9999-12-31T23:59:59+15:59',
    '2026-11-21T22:00:00+16:00',
    '2026-11-21T22:00:00.1-00:00',
  ])('takes the instant %s wherever one is given', async (instant) => {
    for (const [path, name] of WITH_INSTANTS) {
      const { status } = await client.get(`${path}?${name}=${encodeURIComponent(instant)}`);
      expect([200, 404]).toContain(status);
    }
  });

  it('keeps the microseconds of an instant, at any offset', async () => {
    const [row] = await service.database.query(
      `select to_char(occurred_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') as utc,
         to_char(occurred_at at time zone 'UTC' + interval '5 hours 30 minutes', 'YYYY-MM-DD"T"HH24:MI:SS.US') as later
       from journal where account_id = 'alice' and seq = 2`,
    );
    const seqs = async (query: string): Promise<unknown[]> =>
      (await list(`/account/alice/entries?${query}`)).items.map(({ seq }) => seq).toReversed();
    for (const instant of [`${row?.['utc']}Z`, `${row?.['utc']}000Z`, `${row?.['later']}+05:30`]) {
      expect((await seqs(`from=${encodeURIComponent(instant)}`))[0]).toBe(2);
      expect(await seqs(`to=${encodeURIComponent(instant)}`)).toEqual([1]);
      const { body } = await client.get(`/account/alice/balance?at=${encodeURIComponent(instant)}`);
      expect(body).toMatchObject({ balance: 100 });
    }
  });

  it.each([
    ['metadata.a=%00', 'metadata.a'],
    ['metadata.%00=1', 'metadata.\0'],
    ['metadata.a=1&metadata.b=x%00y', 'metadata.b'],
  ])('refuses a metadata filter that PostgreSQL cannot look for: %s', async (query, path) => {
    const message = 'must not contain U+0000 or lone surrogates';
    const reply = await client.get(`/transfers?${query}`);
    expect(reply).toMatchObject({ status: 400, body: { errors: [{ in: 'query', path, message }] } });
  });

  it('drops no parameter, however many stand before it', async () => {
    expect((await list(`/transfers?${'&'.repeat(1000)}account=missing`)).items).toEqual([]);
    const filters = Array.from({ length: 1000 }, (_, n) => `metadata.${n}&`);
    const reply = await client.get(`/transfers?${filters.join('')}acount=nobody`);
    expect(reply.body['errors']).toContainEqual(expect.objectContaining({ path: 'acount' }));
  });

  it('answers 404 for the journal of an account that does not exist', async () => {
    expect(await client.get('/account/missing/entries')).toMatchObject({ status: 404 });
  });
});

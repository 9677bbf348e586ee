import type { Client } from './client';
import { WholeService } from './serviceHarness';

describe('accounts of many kinds', () => {
  let service: WholeService;
  let client: Client;

  beforeAll(async () => {
    service = await WholeService.start();
    client = service.client;
  });

  afterAll(() => service.stop());

  const open = (id: string, body: object = {}) => client.post(`/account/${id}`, { body });
  const change = (id: string, body: object) => client.call('PATCH', `/account/${id}`, { body });
  const transfer = (origin: string, destination: string, amount: number, more: object = {}) =>
    client.post('/transfers', { body: { origin, destination, amount, ...more } });

  it('keeps currencies apart', async () => {
    await open('till-eur', { currency: 'EUR', overdraftLimit: 1_000 });
    for (const [id, body] of [
      ['eur', { currency: 'EUR' }],
      ['usd', { currency: 'USD' }],
      ['none', {}],
    ] as const)
      await open(id, body);
    expect((await transfer('till-eur', 'eur', 5)).status).toBe(200);
    for (const id of ['usd', 'none']) {
      expect(await transfer('till-eur', id, 5)).toMatchObject({
        status: 422,
        body: { code: 'currency-mismatch', account: id },
      });
    }
    expect(await transfer('eur', 'till-eur', 1, { currency: 'USD' })).toMatchObject({
      body: { code: 'currency-mismatch' },
    });
    expect((await transfer('eur', 'till-eur', 1, { currency: 'EUR' })).body).toMatchObject({ currency: 'EUR' });
  });

  it('lets an account go below zero as far as its limit, and no further', async () => {
    await open('till', { overdraftLimit: 100 });
    await open('b');
    expect((await transfer('till', 'b', 80)).status).toBe(200);
    expect((await client.get('/account/till/balance')).body).toEqual({
      id: 'till',
      balance: -80,
      held: 0,
      incoming: 0,
      available: 20,
    });
    expect(await transfer('till', 'b', 21)).toMatchObject({
      status: 422,
      body: { code: 'insufficient-funds', missing: 1 },
    });
    expect(await change('till', { overdraftLimit: 79 })).toMatchObject({
      body: { code: 'insufficient-funds', missing: 1 },
    });
    expect((await change('till', { overdraftLimit: 80 })).body).toMatchObject({ overdraftLimit: 80, available: 0 });
    const alice = client.as('alice-token');
    expect((await alice.post('/account/alice', { body: { overdraftLimit: 5 } })).status).toBe(403);
  });

  it('shows as available no more than one transfer can move, which every reader of JSON reads exactly', async () => {
    const max = Number.MAX_SAFE_INTEGER;
    await open('vault', { overdraftLimit: max });
    const headers = { 'idempotency-key': 'fill-the-vault' };
    const shown = { balance: max - 1, available: max };
    expect((await client.post(`/account/vault/deposit/${max - 1}`, { headers })).body).toMatchObject(shown);
    expect(await client.post(`/account/vault/deposit/${max - 1}`, { headers })).toMatchObject({
      status: 200,
      body: shown,
    });
    expect((await client.get('/account/vault/balance')).body).toMatchObject(shown);
    expect((await client.get('/account/vault')).body).toMatchObject(shown);
    expect((await change('vault', { overdraftLimit: max })).body).toMatchObject(shown);
    const items = (await client.get('/accounts?limit=200')).body['items'] as { id: string }[];
    expect(items.find(({ id }) => id === 'vault')).toMatchObject(shown);
    expect((await client.post('/account/vault/withdraw/1')).body).toMatchObject({ balance: max - 2, available: max });
    expect((await client.post(`/account/vault/withdraw/${max}`)).body).toMatchObject({
      balance: -2,
      available: max - 2,
    });
    // As a version stored it that did not bound it: the repetition is answered as the others are.
    await service.database.query(
      `update idempotency_keys set answer = jsonb_set(answer, '{available}', '18014398509481980') where key = $1`,
      [headers['idempotency-key']],
    );
    expect((await client.post(`/account/vault/deposit/${max - 1}`, { headers })).body).toMatchObject(shown);
  });

  it('freezes: what is prepared already still finishes', async () => {
    for (const id of ['cold', 'warm']) await open(id);
    await client.post('/account/cold/deposit/100');
    const { body } = await transfer('cold', 'warm', 40, { capture: 'manual' });
    expect((await change('cold', { frozen: 'debits' })).body).toMatchObject({ frozen: 'debits' });
    expect(await transfer('cold', 'warm', 1)).toMatchObject({
      status: 422,
      body: { code: 'account-frozen', account: 'cold' },
    });
    expect((await client.post('/account/cold/deposit/1')).status).toBe(200);
    await change('cold', { frozen: 'all' });
    expect((await client.post('/account/cold/deposit/1')).body).toMatchObject({ code: 'account-frozen' });
    expect(await client.post(`/transfers/${String(body['id'])}/capture`)).toMatchObject({
      body: { status: 'committed' },
    });
    expect((await change('cold', { frozen: 'credits' })).body).toMatchObject({
      errors: [{ path: 'frozen', message: 'must be one of debits, all, null' }],
    });
    expect((await change('cold', { frozen: null })).body).toMatchObject({ frozen: null, balance: 61 });
  });

  it('closes an empty account for good, and keeps its journal readable', async () => {
    await open('gone');
    await client.post('/account/gone/deposit/5');
    expect(await client.post('/account/gone/close')).toMatchObject({
      status: 409,
      body: { code: 'account-not-empty' },
    });
    await client.post('/account/gone/withdraw/5');
    expect((await client.post('/account/gone/close')).body).toMatchObject({
      state: 'closed',
      closedAt: expect.any(String),
    });
    expect((await client.post('/account/gone/deposit/5')).body).toMatchObject({ code: 'account-closed' });
    expect((await open('gone')).body).toMatchObject({ code: 'account-already-exists' });
    expect(((await client.get('/account/gone/entries')).body['items'] as object[]).length).toBe(4);
  });

  it('tells the balance at an instant, and entries by time and kind, as JSON and as a file', async () => {
    await open('diary');
    await client.post('/account/diary/deposit/5', { body: { description: '=1+1, "quoted"', metadata: { order: 7 } } });
    await client.post('/account/diary/deposit/6');
    const items = (await client.get('/account/diary/entries?kind=deposit')).body['items'] as {
      occurredAt: string;
      amount: number;
    }[];
    expect(items).toMatchObject([{ amount: 6 }, { amount: 5, description: '=1+1, "quoted"', metadata: { order: 7 } }]);
    const [second = { occurredAt: '' }, first = { occurredAt: '' }] = items;
    const at = async (instant: string) => (await client.get(`/account/diary/balance?at=${instant}`)).body['balance'];
    expect([await at(first.occurredAt), await at(second.occurredAt)]).toEqual([5, 11]);
    expect((await client.get('/account/diary/balance?at=2001-01-01T00:00:00Z')).status).toBe(404);
    const between = `/account/diary/entries?from=${first.occurredAt}&to=${second.occurredAt}&kind=deposit`;
    expect((await client.get(between)).body['items']).toMatchObject([{ amount: 5 }]);
    const file = await fetch(`${client.url}/account/diary/entries?kind=deposit`, { headers: { accept: 'text/csv' } });
    expect(file.headers.get('content-type')).toContain('text/csv');
    const [head, ...lines] = (await file.text()).trim().split('\n');
    expect(head).toBe(
      'seq,occurredAt,kind,amount,balanceAfter,transferId,posting,description,metadata,requestedBy,expiresAt,coordinatedBy',
    );
    expect(lines).toHaveLength(2);
    // What a spreadsheet would take for a formula is not one any more.
    expect(lines[1]).toContain(`"'=1+1, ""quoted"""`);
  });

  it('tells what was held at an instant, and of it nothing that the journal does not know', async () => {
    await open('then', { overdraftLimit: 100 });
    await open('other');
    const { body: authorized } = await transfer('then', 'other', 30, { capture: 'manual' });
    await client.post(`/transfers/${String(authorized['id'])}/capture`, { body: { amount: 20 } });
    await change('then', { overdraftLimit: 20 });
    const at = (id: string, instant: unknown) => client.get(`/account/${id}/balance?at=${String(instant)}`);
    expect((await at('then', authorized['createdAt'])).body).toEqual({ id: 'then', balance: 0, held: 30, incoming: 0 });
    expect((await at('other', authorized['createdAt'])).body).toMatchObject({ balance: 0, incoming: 30 });
    const now = { id: 'then', balance: -20, held: 0, incoming: 0 };
    expect((await at('then', '2100-01-01T00:00:00Z')).body).toEqual(now);
    expect((await client.get('/account/then/balance')).body).toEqual({ ...now, available: 0 });
  });

  it('streams all entries as a file, and only those that are asked for', async () => {
    await open('long');
    const hundred = Array.from({ length: 125 });
    for (let n = 0; n < 10; n += 1) await Promise.all(hundred.map(() => client.post('/account/long/deposit/1')));
    const lines = async (query: string) => {
      const file = await fetch(`${client.url}/account/long/entries${query}`, { headers: { accept: 'text/csv' } });
      expect(file.headers.get('content-disposition')).toBe('attachment; filename="long.csv"');
      expect(file.headers.get('vary')).toBe('Accept');
      return (await file.text()).trim().split('\n').slice(1);
    };
    const all = await lines('');
    expect(all.map((line) => Number(line.split(',')[0]))).toEqual(Array.from({ length: 1_251 }, (_, n) => 1_251 - n));
    expect(all[0]).toMatch(/^1251,[^,]+,deposit,1,1250,/);
    expect(await lines('?kind=opened')).toHaveLength(1);
    expect(await lines(`?from=2100-01-01T00:00:00Z`)).toEqual([]);
  });

  it('refuses for a file what is for pages', async () => {
    await open('whole');
    const csv = (query: string) => client.get(`/account/whole/entries${query}`, { headers: { accept: 'text/csv' } });
    expect(await csv('')).toMatchObject({ status: 200, body: { text: expect.stringContaining('opened') } });
    const cursor = Buffer.from('1').toString('base64url');
    expect(await csv(`?limit=20&cursor=${cursor}`)).toMatchObject({
      status: 400,
      body: {
        code: 'invalid-request',
        errors: ['limit', 'cursor'].map((path) => ({
          in: 'query',
          path,
          message: 'must not be there with Accept: text/csv: the file has every entry',
        })),
      },
    });
    expect((await client.get('/account/whole/entries')).headers.get('vary')).toBe('Accept');
  });

  it('closes nothing that a transfer waits for, and takes no new currency', async () => {
    await open('payer', { currency: 'EUR' });
    await open('payee', { currency: 'EUR' });
    await client.post('/account/payer/deposit/5');
    const { body } = await transfer('payer', 'payee', 5, { capture: 'manual' });
    expect(await client.post('/account/payee/close')).toMatchObject({
      status: 409,
      body: { code: 'account-not-empty', account: 'payee' },
    });
    expect((await client.post(`/transfers/${String(body['id'])}/void`)).status).toBe(200);
    expect((await client.post('/account/payee/close')).status).toBe(200);
    expect(await transfer('payer', 'payee', 1)).toMatchObject({ status: 422, body: { code: 'account-closed' } });
    expect((await change('payer', { currency: 'USD' })).status).toBe(400);
    for (const currency of ['EU', 'eur', 'EURO-', 'ABCDEFGHIJKLM']) {
      expect((await open('odd', { currency })).status).toBe(400);
    }
    expect((await client.get('/account/payer')).body).toMatchObject({
      balance: 5,
      held: 0,
      incoming: 0,
      available: 5,
      currency: 'EUR',
      overdraftLimit: 0,
      frozen: null,
      state: 'open',
      openedAt: expect.any(String),
      lastSeq: expect.any(Number),
    });
  });

  it('finds transfers by time and by what their metadata says', async () => {
    for (const id of ['m1', 'm2']) await open(id);
    await client.post('/account/m1/deposit/10');
    const { body } = await transfer('m1', 'm2', 1, { metadata: { invoice: 'R-1', n: 7 } });
    const ids = async (query: string) =>
      ((await client.get(`/transfers?account=m1&${query}`)).body['items'] as { id: string }[]).map(({ id }) => id);
    expect(await ids('metadata.invoice=R-1')).toEqual([body['id']]);
    expect(await ids('metadata.n=7&metadata.invoice=R-1')).toEqual([body['id']]);
    expect(await ids('metadata.n=8')).toEqual([]);
    expect(await ids(`from=${String(body['createdAt'])}`)).toEqual([body['id']]);
    expect(await ids(`to=${String(body['createdAt'])}`)).toEqual([]);
  });
});

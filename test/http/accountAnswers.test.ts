import { UnavailableError } from '../../src/engine/faults';
import type { Client } from './client';
import { Edge } from './edgeHarness';

describe('what the account calls answer', () => {
  let edge: Edge;
  let client: Client;

  beforeEach(async () => {
    edge = new Edge();
    client = await edge.start();
  });

  afterEach(() => edge.stop());

  it('opens an account once', async () => {
    const opened = await client.post('/account/alice');
    expect(opened).toMatchObject({ status: 201, body: { id: 'alice', balance: 0, held: 0, available: 0 } });
    const again = await client.post('/account/alice');
    expect(again).toMatchObject({ status: 409, body: { code: 'account-already-exists', account: 'alice' } });
  });

  it('takes a body of no bytes for none, whether it says so or not', async () => {
    const ofNoLength = { method: 'POST', body: new Blob([]).stream(), duplex: 'half' } as const;
    expect((await fetch(`${client.url}/account/alice`, ofNoLength)).status).toBe(201);
    expect((await fetch(`${client.url}/account/bob`, { method: 'POST', body: '' })).status).toBe(201);
  });

  it('answers deposits and withdrawals with the account right after them', async () => {
    await client.post('/account/alice');
    expect((await client.post('/account/alice/deposit/500')).body).toMatchObject({ balance: 500, available: 500 });
    expect((await client.post('/account/alice/withdraw/200')).body).toMatchObject({ balance: 300, available: 300 });
    expect((await client.get('/account/alice/balance')).body).toEqual({
      id: 'alice',
      balance: 300,
      held: 0,
      incoming: 0,
      available: 300,
    });
  });

  it('keeps the largest balance exact and refuses a larger one', async () => {
    await client.post('/account/alice');
    const full = await client.post('/account/alice/deposit/9007199254740991');
    expect(full.body['balance']).toBe(9_007_199_254_740_991);
    expect(await client.post('/account/alice/deposit/1')).toMatchObject({
      status: 422,
      body: { code: 'balance-limit-exceeded', account: 'alice' },
    });
  });

  it('says how much is missing', async () => {
    await client.post('/account/alice');
    await client.post('/account/alice/deposit/5');
    const reply = await client.post('/account/alice/withdraw/7');
    expect(reply).toMatchObject({ status: 422, body: { code: 'insufficient-funds', missing: 2 } });
  });

  it.each(['/account/missing/deposit/1', '/account/missing/withdraw/1'])('answers 404 to %s', async (path) => {
    const reply = await client.post(path);
    expect(reply).toMatchObject({ status: 404, body: { code: 'account-not-found', account: 'missing' } });
  });

  it('answers 404 for the balance of an account that does not exist', async () => {
    expect(await client.get('/account/missing/balance')).toMatchObject({ status: 404 });
  });

  it('carries a keyed deposit out once and answers repetitions with the first answer', async () => {
    await client.post('/account/alice');
    const key = { headers: { 'idempotency-key': 'k1' } };
    const first = await client.post('/account/alice/deposit/5', key);
    await client.post('/account/alice/deposit/100');
    const again = await client.post('/account/alice/deposit/5', key);
    expect(again.body).toEqual(first.body);
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(edge.account('alice').balance).toBe(105n);
  });

  it('keeps the refusal of a keyed withdrawal after money has come in', async () => {
    await client.post('/account/alice');
    const key = { headers: { 'idempotency-key': 'k1' } };
    await client.post('/account/alice/withdraw/5', key);
    await client.post('/account/alice/deposit/100');
    const again = await client.post('/account/alice/withdraw/5', key);
    expect(again).toMatchObject({ status: 422, body: { code: 'insufficient-funds', missing: 5 } });
    expect(again.headers.get('idempotency-replayed')).toBe('true');
  });

  it.each([
    ['another amount', '/account/alice/deposit/6'],
    ['another account', '/account/bob/deposit/5'],
    ['another operation', '/account/alice/withdraw/5'],
  ])('refuses a key that was used for %s', async (_name, path) => {
    await client.post('/account/alice');
    await client.post('/account/bob');
    const headers = { 'idempotency-key': 'k1' };
    await client.post('/account/alice/deposit/5', { headers });
    expect(await client.post(path, { headers })).toMatchObject({
      status: 422,
      body: { code: 'idempotency-key-reused' },
    });
  });

  it('moves money once for 50 concurrent requests with one key', async () => {
    await client.post('/account/alice');
    const headers = { 'idempotency-key': 'k1' };
    const replies = await Promise.all(
      Array.from({ length: 50 }, () => client.post('/account/alice/deposit/5', { headers })),
    );
    expect(replies.every(({ status, body }) => status === 200 && body['balance'] === 5)).toBe(true);
  });

  it('says that nothing was begun when the database is away', async () => {
    edge.journal.before = () => Promise.reject(new UnavailableError('away', 'not-started'));
    const reply = await client.post('/account/alice/deposit/5');
    expect(reply).toMatchObject({ status: 503, body: { code: 'unavailable', outcome: 'not-started' } });
    expect(reply.headers.get('retry-after')).toBe('1');
  });

  it('refuses what does not fit into the mailbox of the account', async () => {
    await client.post('/account/alice');
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    edge.journal.before = ({ kind }) => (kind === 'append' ? held : Promise.resolve());
    const calls = Array.from({ length: 130 }, () => client.post('/account/alice/deposit/1'));
    const early = await Promise.race(calls);
    expect(early).toMatchObject({ status: 503, body: { code: 'overloaded' } });
    release();
    const replies = await Promise.all(calls);
    const done = replies.filter(({ status }) => status === 200).length;
    expect(edge.account('alice').balance).toBe(BigInt(done));
  });

  it('answers a defect with nothing but the id to look it up by', async () => {
    edge.journal.before = () => Promise.reject(new Error('select secret from table'));
    const { status, headers, body } = await client.get('/account/alice/balance');
    expect(status).toBe(500);
    expect(body['code']).toBe('internal-error');
    expect(JSON.stringify(body)).not.toContain('secret');
    expect(body['instance']).toBe(headers.get('x-request-id'));
    const [line] = edge.lines().filter(({ level, requestId }) => level === 50 && requestId === body['instance']);
    expect(JSON.stringify(line)).toContain('secret');
  });
});

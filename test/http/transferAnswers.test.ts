import { UnavailableError } from '../../src/engine/faults';
import type { Client } from './client';
import { Edge } from './edgeHarness';

describe('what a transfer call answers', () => {
  let edge: Edge;
  let client: Client;

  beforeEach(async () => {
    edge = new Edge({ httpWaitMs: 100 });
    client = await edge.start();
    edge.seed('a', 100n);
    edge.seed('b', 0n);
  });

  afterEach(() => edge.stop());

  /** Leaves transfers where they are created: no driver takes them up. */
  function leaveUndriven(): void {
    edge.leads = false;
    edge.wakeUps.onDrive = () => Promise.resolve();
    edge.wakeUps.onResume = () => Promise.resolve();
  }

  it('answers a committed transfer with its whole state', async () => {
    const metadata = { invoice: '7', lines: [1, 2] };
    const { status, body } = await client.post('/transfers', {
      body: { origin: 'a', destination: 'b', amount: 5, metadata },
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      status: 'committed',
      origin: 'a',
      destination: 'b',
      amount: 5,
      metadata,
      attempts: 0,
      branches: [
        { account: 'a', direction: 'debit', state: 'committed' },
        { account: 'b', direction: 'credit', state: 'committed' },
      ],
    });
    const history = body['history'] as { status: string }[];
    expect(history.map((entry) => entry.status)).toEqual(['preparing', 'committing', 'committed']);
    expect(await client.get(`/transfers/${String(body['id'])}`)).toMatchObject({ status: 200, body });
  });

  it.each([
    ['/account/a/transfer/to/b/101', 422, { code: 'insufficient-funds', account: 'a', missing: 1 }],
    ['/account/a/transfer/to/missing/1', 404, { code: 'account-not-found', account: 'missing' }],
    ['/account/missing/transfer/to/b/1', 404, { code: 'account-not-found', account: 'missing' }],
    ['/account/a/transfer/to/a/1', 422, { code: 'same-account', account: 'a' }],
  ])('answers %s with %i', async (path, status, problem) => {
    expect(await client.post(path)).toMatchObject({ status, body: problem });
  });

  it('says which transfer it was that was refused', async () => {
    const { body } = await client.post('/account/a/transfer/to/b/101');
    const transfer = await client.get(`/transfers/${String(body['transferId'])}`);
    expect(transfer.body).toMatchObject({
      status: 'aborted',
      reason: { kind: 'branches', reasons: [{ kind: 'insufficient-funds', account: 'a', missing: 1 }] },
    });
  });

  it('refuses a credit that would break the balance limit', async () => {
    edge.seed('full', BigInt(Number.MAX_SAFE_INTEGER));
    const reply = await client.post('/account/a/transfer/to/full/1');
    expect(reply).toMatchObject({ status: 422, body: { code: 'balance-limit-exceeded', account: 'full' } });
  });

  it('answers 202 with what is known when the wait ends first', async () => {
    leaveUndriven();
    const { status, headers, body } = await client.post('/account/a/transfer/to/b/5');
    expect(status).toBe(202);
    expect(headers.get('location')).toBe(`/transfers/${String(body['id'])}`);
    expect(body).toMatchObject({ status: 'preparing', branches: [{ state: 'none' }, { state: 'none' }] });
  });

  it('answers 202 at once to who does not want to wait', async () => {
    await edge.stop();
    edge = new Edge({ httpWaitMs: 600_000 });
    client = await edge.start();
    leaveUndriven();
    const prefer = { headers: { prefer: 'return=minimal, Respond-Async' } };
    const { status, body } = await client.post('/account/a/transfer/to/b/5', prefer);
    expect(status).toBe(202);
    expect(body['status']).toBe('preparing');
  });

  it('answers 504 when the deadline aborted the transfer', async () => {
    leaveUndriven();
    const key = { headers: { 'idempotency-key': 'k' } };
    const { body } = await client.post('/account/a/transfer/to/b/5', key);
    edge.database.clock.nowMs += 20_000;
    await edge.drive([String(body['id'])]);
    const reply = await client.post('/account/a/transfer/to/b/5', key);
    expect(reply).toMatchObject({ status: 504, body: { code: 'transfer-timed-out', transferId: body['id'] } });
    expect(reply.headers.get('idempotency-replayed')).toBe('true');
  });

  it('aborts a transfer for a client, and answers the client that waits for it', async () => {
    leaveUndriven();
    const key = { headers: { 'idempotency-key': 'k' } };
    const { body } = await client.post('/account/a/transfer/to/b/5', key);
    const path = `/transfers/${String(body['id'])}/abort`;
    const aborted = await client.post(path, { body: { reason: 'changed my mind' } });
    expect(aborted).toMatchObject({
      status: 202,
      body: { status: 'aborting', reason: { kind: 'client', reason: 'changed my mind' } },
    });
    await edge.drive([String(body['id'])]);
    expect(await client.post(path)).toMatchObject({ status: 202, body: { status: 'aborted' } });
    const replayed = await client.post('/account/a/transfer/to/b/5', key);
    expect(replayed).toMatchObject({ status: 409, body: { code: 'transfer-aborted', reason: 'changed my mind' } });
  });

  it('answers 500 when the transfer stopped on an error that no retry heals, and shows which', async () => {
    // The branches are taken away between the decision and the commit: the accounts begin again as they were before.
    edge.wakeUps.onDrive = (ids) => {
      edge.seed('a', 100n);
      edge.seed('b', 0n);
      edge.forgetAccounts();
      return edge.drive(ids);
    };
    const payment = { origin: 'a', destination: 'b', amount: 5, capture: 'manual' };
    const authorized = await client.post('/transfers', { body: payment });
    const { status, body } = await client.post(`/transfers/${String(authorized.body['id'])}/capture`);
    expect(status).toBe(500);
    expect(body).toMatchObject({ code: 'transfer-failed', transferId: expect.any(String) });
    const transfer = await client.get(`/transfers/${String(body['transferId'])}`);
    expect(transfer.body).toMatchObject({ status: 'failed', branches: [{ state: 'none' }, { state: 'none' }] });
    expect(transfer.body['errors']).toContainEqual({
      account: 'a',
      message: expect.stringContaining('commit of a branch that was never prepared'),
    });
  });

  it('refuses to abort what is decided', async () => {
    const { body } = await client.post('/account/a/transfer/to/b/5');
    const reply = await client.post(`/transfers/${String(body['id'])}/abort`);
    expect(reply).toMatchObject({ status: 409, body: { code: 'too-late-to-abort', transferStatus: 'committed' } });
  });

  it.each(['', '/abort'])('answers 404 for a transfer that does not exist%s', async (suffix) => {
    const path = `/transfers/01900000-0000-7000-8000-000000000000${suffix}`;
    const reply = await (suffix ? client.post(path) : client.get(path));
    expect(reply).toMatchObject({ status: 404, body: { code: 'transfer-not-found' } });
  });

  it('says that the outcome is not known when it is not, and where to look', async () => {
    edge.journal.after = ({ kind }) =>
      kind === 'append' ? Promise.reject(new UnavailableError('gone', 'unknown')) : Promise.resolve();
    const { status, headers, body } = await client.post('/account/a/transfer/to/b/5');
    expect(status).toBe(503);
    expect(headers.get('retry-after')).toBe('1');
    expect(body).toMatchObject({ code: 'unavailable', outcome: 'unknown' });
    expect(await client.get(`/transfers/${String(body['transferId'])}`)).toMatchObject({ status: 200 });
  });

  it('never says that a transfer was not begun when it was', async () => {
    leaveUndriven();
    let reads = 0;
    edge.transactionStore.before = ({ kind }) => {
      if (kind !== 'read') return Promise.resolve();
      reads += 1;
      return Promise.reject(new UnavailableError('gone', 'not-started'));
    };
    const reply = await client.post('/account/a/transfer/to/b/5');
    expect(reads).toBeGreaterThan(0);
    expect(reply).toMatchObject({ status: 503, body: { outcome: 'unknown' } });
    expect(reply.body['transferId']).toEqual(expect.any(String));
  });

  it('answers one key with one transfer, however often it is asked', async () => {
    const key = { headers: { 'idempotency-key': 'once' } };
    const replies = await Promise.all(Array.from({ length: 50 }, () => client.post('/account/a/transfer/to/b/5', key)));
    expect(new Set(replies.map(({ status, body }) => `${status} ${String(body['id'])}`)).size).toBe(1);
    expect(replies.filter(({ headers }) => headers.get('idempotency-replayed') === 'true')).toHaveLength(49);
    expect(edge.account('b').balance).toBe(5n);
  });

  it('takes the two ways to ask for one transfer as the same request', async () => {
    const headers = { 'idempotency-key': 'same' };
    const first = await client.post('/account/a/transfer/to/b/5', { headers });
    const body = { origin: 'a', destination: 'b', amount: 5 };
    expect(await client.post('/transfers', { headers, body })).toMatchObject({ status: 200, body: first.body });
  });

  it('takes deadline and metadata with either way, and keeps them', async () => {
    const headers = { 'idempotency-key': 'terms' };
    const terms = { timeoutMs: 5000, metadata: { invoice: 'R-1', exact: 9_007_199_254_740_991 } };
    const byPath = await client.post('/account/a/transfer/to/b/5', { headers, body: terms });
    expect(byPath).toMatchObject({ status: 200, body: { metadata: terms.metadata } });
    const { createdAt, deadlineAt } = byPath.body;
    expect(Date.parse(String(deadlineAt)) - Date.parse(String(createdAt))).toBe(5000);
    const byBody = await client.post('/transfers', {
      headers,
      body: { origin: 'a', destination: 'b', amount: 5, ...terms },
    });
    expect(byBody.headers.get('idempotency-replayed')).toBe('true');
    expect(byBody.body['id']).toBe(byPath.body['id']);
    expect(await client.post('/account/a/transfer/to/b/5', { headers })).toMatchObject({ status: 422 });
  });

  it('refuses a key that was used for something else', async () => {
    const headers = { 'idempotency-key': 'k' };
    await client.post('/account/a/transfer/to/b/5', { headers });
    const reused = { status: 422, body: { code: 'idempotency-key-reused' } };
    expect(await client.post('/account/a/transfer/to/b/6', { headers })).toMatchObject(reused);
    const body = { origin: 'a', destination: 'b', amount: 5, metadata: { other: true } };
    expect(await client.post('/transfers', { headers, body })).toMatchObject(reused);
  });
});

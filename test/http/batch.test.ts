import { TandemClient } from '../../src/client/tandemClient';
import { eventually } from '../kit/wait';
import type { Client, Reply } from './client';
import { WholeService } from './serviceHarness';

interface Result {
  readonly status: number;
  readonly transfer?: { readonly id: string; readonly status: string };
  readonly problem?: { readonly code: string; readonly account?: string; readonly transferId?: string };
}

const resultsOf = ({ body }: Reply): readonly Result[] => body['results'] as readonly Result[];
const payments = (count: number, prefix: string, amount = 1) =>
  Array.from({ length: count }, (_, n) => ({
    idempotencyKey: `${prefix}-${n}`,
    origin: 'shopper',
    destination: 'seller',
    amount,
  }));

async function bank(env: Readonly<Record<string, string>> = {}): Promise<WholeService> {
  const service = await WholeService.start(env);
  for (const id of ['shopper', 'seller']) await service.client.post(`/account/${id}`);
  await service.client.post('/account/shopper/deposit/10000');
  return service;
}

describe('many transfers in one request', () => {
  let service: WholeService;
  let client: Client;

  beforeAll(async () => {
    service = await bank();
    client = service.client;
  });

  afterAll(() => service.stop());

  const post = (transfers: readonly object[], headers = {}) =>
    client.post('/transfers/batch', { body: { transfers }, headers });
  const balanceOf = async (id: string) => Number((await client.get(`/account/${id}/balance`)).body['balance']);

  it('are each answered as alone, in order, and a repetition of the whole repeats none', async () => {
    const transfers = payments(20, 'pay').map((one, n) => (n === 7 ? { ...one, destination: 'nowhere' } : one));
    const before = await balanceOf('seller');
    const first = await post(transfers);
    const again = await post(transfers);
    for (const reply of [first, again]) {
      expect(reply.status).toBe(200);
      expect(resultsOf(reply).map(({ status }) => status)).toEqual(transfers.map((_, n) => (n === 7 ? 404 : 200)));
      expect(resultsOf(reply)[7]?.problem).toMatchObject({ code: 'account-not-found', account: 'nowhere' });
    }
    const ids = (reply: Reply) => resultsOf(reply).map(({ transfer, problem }) => transfer?.id ?? problem?.transferId);
    expect(ids(again)).toEqual(ids(first));
    expect(await balanceOf('seller')).toBe(before + 19);
    // The key is that of the single request, too.
    const { idempotencyKey, ...alone } = transfers[0] ?? payments(1, '')[0] ?? { idempotencyKey: '' };
    const single = await client.post('/transfers', { body: alone, headers: { 'idempotency-key': idempotencyKey } });
    expect(single.body['id']).toBe(ids(first)[0]);
    expect(single.headers.get('idempotency-replayed')).toBe('true');
  });

  it('may be all that a single one may be: of several postings, in two steps, refused', async () => {
    const [one = {}] = payments(1, 'kinds');
    const postings = [
      { origin: 'shopper', destination: 'seller', amount: 5 },
      { origin: 'seller', destination: 'shopper', amount: 1 },
    ];
    const reply = await post([
      { idempotencyKey: 'kinds-postings', postings },
      { ...one, capture: 'manual', expiresInMs: 60_000 },
      { ...one, idempotencyKey: 'kinds-much', amount: 1_000_000 },
      { ...one, idempotencyKey: 'kinds-self', destination: 'shopper' },
    ]);
    expect(resultsOf(reply)).toMatchObject([
      { status: 200, transfer: { status: 'committed', amount: 6 } },
      { status: 200, transfer: { status: 'authorized', amountAuthorized: 1 } },
      { status: 422, problem: { code: 'insufficient-funds', account: 'shopper' } },
      { status: 422, problem: { code: 'same-account' } },
    ]);
    expect((await client.post(`/transfers/${resultsOf(reply)[1]?.transfer?.id}/void`)).status).toBe(200);
  });

  it('count once under one key, and a key for two requests is refused the second', async () => {
    const [one = { idempotencyKey: '' }] = payments(1, 'twice');
    const before = await balanceOf('seller');
    const results = resultsOf(await post([one, one, { ...one, amount: 2 }]));
    const codes = results.map(({ status, problem }) => problem?.code ?? String(status)).toSorted();
    // Which of two that come at once is the first is open; what it was is kept.
    const [a, b, c] = results;
    if (a?.transfer)
      expect([a.transfer.id, codes]).toEqual([b?.transfer?.id, ['200', '200', 'idempotency-key-reused']]);
    else expect([c?.status, codes]).toEqual([200, ['200', 'idempotency-key-reused', 'idempotency-key-reused']]);
    expect(await balanceOf('seller')).toBe(before + (a?.transfer ? 1 : 2));
  });

  it('answer 200 with a 202 for each that is not final when the wait ends', async () => {
    const reply = await post(payments(3, 'async'), { prefer: 'respond-async' });
    expect(reply.status).toBe(200);
    expect(resultsOf(reply).map(({ status }) => status)).toEqual([202, 202, 202]);
    const typed = await new TandemClient(client.url).transferBatch(payments(3, 'async'));
    expect(typed).toMatchObject({ ok: true, value: { results: [{ status: 200 }, { status: 200 }, { status: 200 }] } });
  });

  it('may be a thousand, in a body of a mebibyte, which no other route takes', async () => {
    const metadata = { filled: 'x'.repeat(800) };
    const transfers = payments(1_000, 'thousand').map((one) => ({ ...one, metadata }));
    expect(JSON.stringify({ transfers }).length).toBeGreaterThan(900_000);
    const reply = await post(transfers);
    expect(reply.status).toBe(200);
    expect(new Set(resultsOf(reply).map(({ status }) => status))).toEqual(new Set([200]));
    const [one] = transfers;
    expect(
      await client.post('/transfers', { body: { ...one, metadata: { filled: 'x'.repeat(70_000) } } }),
    ).toMatchObject({ status: 413 });
    expect((await client.post('/transfers/batch', { body: 'x'.repeat(1024 * 1024 + 1) })).status).toBe(413);
  });

  it.each([
    ['none', []],
    ['1,001', payments(1_001, 'many')],
    ['one without a key', [{ origin: 'shopper', destination: 'seller', amount: 1 }]],
    ['one with an amount of 0', payments(1, 'zero', 0)],
  ])('are refused as a whole when they are %s', async (_what, transfers) => {
    const before = await balanceOf('seller');
    expect(await post([...transfers])).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
    expect(await balanceOf('seller')).toBe(before);
  });
});

describe('each transfer of a batch counts as a request', () => {
  let service: WholeService;

  afterEach(() => service.stop());

  it('in the admission', async () => {
    service = await bank({ REQUESTS_IN_FLIGHT_MAX: '10' });
    const post = (count: number) =>
      service.client.post('/transfers/batch', { body: { transfers: payments(count, `admitted-${count}`) } });
    expect((await post(10)).status).toBe(200);
    // Repeating it would never help.
    expect(await post(11)).toMatchObject({ status: 400, body: { errors: [{ path: 'transfers' }] } });
    const replies = await service.database.whileLocked('lock table journal in access exclusive mode', async () => {
      const waiting = post(6);
      await eventually('its transfers wait', () => service.database.lockWaits(), { deadlineMs: 60_000 });
      const refused = await post(7);
      return { waiting, refused };
    });
    expect(replies.refused).toMatchObject({ status: 503, body: { code: 'overloaded' } });
    expect((await replies.waiting).status).toBe(200);
    // What was refused has left its places.
    expect((await post(9)).status).toBe(200);
  });

  it('for the rate limit', async () => {
    service = await bank({ RATE_LIMIT_PER_SECOND: '30' });
    const by = service.client.as('alice-token');
    const owner = payments(20, 'limited').map((one) => ({ ...one, origin: 'alice' }));
    const post = () => by.post('/transfers/batch', { body: { transfers: owner } });
    const replies = await Promise.all([post(), post()]);
    const limited = replies.find(({ status }) => status === 429);
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(Number(limited?.headers.get('retry-after'))).toBeGreaterThan(0);
    // Repeating it would never help.
    const over = await service.client.as('bob-token').post('/transfers/batch', {
      body: { transfers: payments(31, 'over') },
    });
    expect(over).toMatchObject({ status: 400, body: { errors: [{ path: 'transfers' }] } });
  });
});

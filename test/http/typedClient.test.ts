import { TandemClient } from '../../src/client/tandemClient';
import { WholeService } from './serviceHarness';

describe('the typed client', () => {
  let service: WholeService;

  beforeAll(async () => {
    service = await WholeService.start();
  });

  afterAll(() => service.stop());

  it('moves money and looks back, with refusals as values', async () => {
    const client = new TandemClient(service.client.url);
    await client.openAccount('alice');
    await client.openAccount('bob');
    expect(await client.deposit('alice', 100, { idempotencyKey: 'd' })).toMatchObject({ ok: true, replayed: false });
    expect(await client.deposit('alice', 100, { idempotencyKey: 'd' })).toMatchObject({
      ok: true,
      replayed: true,
      value: { balance: 100 },
    });
    const moved = await client.transfer({ origin: 'alice', destination: 'bob', amount: 30 });
    if (!moved.ok) throw new Error(moved.problem.detail);
    expect(moved.value.status).toBe('committed');
    const refused = await client.transfer({ origin: 'alice', destination: 'bob', amount: 71 });
    expect(refused).toMatchObject({ ok: false, status: 422, problem: { code: 'insufficient-funds', missing: 1 } });
    expect(await client.getTransfer(moved.value.id)).toMatchObject({ ok: true, value: { amount: 30 } });
    expect(await client.abortTransfer(moved.value.id)).toMatchObject({ problem: { code: 'too-late-to-abort' } });
    expect(await client.transfers({ status: 'committed', limit: 5 })).toMatchObject({
      value: { items: [{ id: moved.value.id }], nextCursor: null },
    });
    expect(await client.entries('bob')).toMatchObject({
      value: { items: [{ kind: 'receive', amount: 30 }, { kind: 'expect', amount: 30 }, { kind: 'opened' }] },
    });
    const alice = new TandemClient(service.client.url, { token: 'alice-token' });
    expect(await alice.walletBalance()).toMatchObject({ value: { ownerId: 'alice', balance: 70 } });
    expect(await alice.walletDeposit(5)).toMatchObject({ value: { accepted: true, balance: 75 } });
    expect(await alice.ledger()).toMatchObject({ value: { depositCents: 105, depositCount: 2 } });
    expect(await alice.ledgerEntries(1)).toMatchObject({ value: { count: 1 } });
    expect(await alice.balance('bob')).toMatchObject({ ok: false, status: 404 });
    const later = await client.transfer({ origin: 'bob', destination: 'alice', amount: 1 }, { respondAsync: true });
    expect(later).toMatchObject({ ok: true, status: 202 });
    const terms = { timeoutMs: 5000, metadata: { invoice: 'R-1' } };
    const byPath = await client.transferByPath({ origin: 'alice', destination: 'bob', amount: 1, ...terms });
    expect(byPath).toMatchObject({ ok: true, value: { status: 'committed', metadata: terms.metadata } });
  });

  it.each(['dave/deposit/1000', 'dave?x=1', 'dave#x', '../account/dave', '%64ave', 'dave;x', ' dave', 'dä', 'a\0'])(
    'takes the id %j for an id, which the service then refuses, and for nothing else',
    async (id) => {
      const client = new TandemClient(service.client.url);
      await client.openAccount('dave');
      expect(await client.openAccount(id)).toMatchObject({ status: 400, problem: { errors: [{ path: 'id' }] } });
      expect(await client.deposit(id, 1)).toMatchObject({ status: 400, problem: { errors: [{ path: 'id' }] } });
      const transfer = { origin: 'dave', destination: id, amount: 1 };
      expect(await client.transferByPath(transfer)).toMatchObject({ status: 400 });
      expect(await client.getTransfer(id)).toMatchObject({ status: 400 });
      expect(await client.entries(id, { limit: 1 })).toMatchObject({ status: 400 });
      expect(await client.balance('dave')).toMatchObject({ value: { balance: 0 } });
    },
  );

  it.each(['', '.', '..', '\ud800'])('sends nothing for the id %j, which no path can carry', async (id) => {
    const sent: string[] = [];
    const client = new TandemClient('http://127.0.0.1:1', {
      transport: ({ url }) => {
        sent.push(url);
        return Promise.reject(new Error('sent'));
      },
    });
    await expect(client.balance(id)).rejects.toThrow(TypeError);
    await expect(client.transferByPath({ origin: 'a', destination: id, amount: 1 })).rejects.toThrow(TypeError);
    expect(sent).toEqual([]);
  });

  it.each([
    ['http://h:1', 'http://h:1'],
    ['http://h:1/', 'http://h:1'],
    ['http://h:1//', 'http://h:1'],
    ['http://h:1/bank', 'http://h:1/bank'],
    ['http://h:1/bank/v1/', 'http://h:1/bank/v1'],
    ['http://h:1/bank/?x=1#y', 'http://h:1/bank'],
    ['HTTP://H:80/a b', 'http://h/a%20b'],
  ])('finds the service at %s', async (url, base) => {
    const sent: string[] = [];
    const client = new TandemClient(url, {
      transport: (request) => {
        sent.push(request.url);
        return Promise.resolve({ status: 200, header: () => undefined, text: '{}' });
      },
    });
    await client.isReady();
    await client.openAccount('a:b');
    await client.deposit('a', 5);
    await client.transfers({ account: 'a&b', limit: 5 });
    await client.transfers();
    expect(sent).toEqual([
      `${base}/health/ready`,
      `${base}/account/a%3Ab`,
      `${base}/account/a/deposit/5`,
      `${base}/transfers?account=a%26b&limit=5`,
      `${base}/transfers`,
    ]);
  });

  it('says at once that something is no address', () => {
    expect(() => new TandemClient('127.0.0.1:3000')).toThrow('Invalid URL');
  });
});

import { CRASH_POINTS, type CrashPoint } from '../../src/engine/crashPoint';
import type { Fault } from '../kit/faultyProxy';
import { eventually } from '../kit/wait';
import { auditAtRest } from '../support/auditDatabase';
import { BankClient } from '../support/bankClient';
import { replayed } from '../support/replayed';
import { Shop } from '../support/shop';
import { untilDead } from '../support/testService';
import { untilAllFinal } from '../support/untilFinal';

const BOOKS = 1_000;
let shop: Shop;

beforeEach(async () => {
  shop = await Shop.open(BOOKS);
});

afterEach(() => shop.close());

async function opened(env: Readonly<Record<string, string>> = {}): Promise<BankClient> {
  const service = await shop.services.start(env);
  const client = new BankClient(service.baseUrl);
  await client.open('alice', 300);
  await client.open('shop');
  return client;
}

describe('an order', () => {
  test('moves the money and the book together, and says what each branch did', async () => {
    const client = await opened();
    const { status, body } = await client.post('/transfers', { body: shop.order('alice'), key: 'first' });
    expect([status, body['status']]).toEqual([200, 'committed']);
    expect(body['branches']).toMatchObject([
      { account: 'alice', state: 'committed' },
      { account: 'shop', state: 'committed' },
      { participant: 'stock', branch: 'order-1', state: 'committed', payload: { item: 'book', quantity: 1 } },
    ]);
    expect(await shop.expectAgreement(client, BOOKS)).toBe(1);
  });

  test('that the stock refuses moves no money, and says who refused and why', async () => {
    const client = await opened();
    const { status, body } = await client.post('/transfers', { body: shop.order('alice', { quantity: 7 }) });
    expect(status).toBe(200);
    const refused = await client.post('/transfers', {
      body: {
        ...shop.order('alice', { quantity: 1 }),
        participants: [{ participant: 'stock', branch: 'x', payload: 1 }],
      },
    });
    expect([refused.status, refused.body['code']]).toEqual([422, 'participant-refused']);
    expect(refused.body).toMatchObject({ participant: 'stock', branch: 'x', reason: 'invalid-payload' });
    expect(body['status']).toBe('committed');
    expect(await client.balance('alice')).toEqual({ balance: 90, held: 0 });
    expect((await shop.shelf()).reserved).toBe(0);
  });

  test('without money asks nothing of the stock', async () => {
    const client = await opened();
    const { status, body } = await client.post('/transfers', { body: shop.order('alice', { quantity: 11 }) });
    expect([status, body['code']]).toEqual([422, 'insufficient-funds']);
    expect(shop.proxy.passed.map(({ call }) => call)).not.toContain('prepare');
  });

  test('in two steps reserves the book until the capture, and puts it back when it is voided', async () => {
    const client = await opened();
    const authorize = async () => {
      const { body } = await client.post('/transfers', { body: { ...shop.order('alice'), capture: 'manual' } });
      expect(body['status']).toBe('authorized');
      return String(body['id']);
    };
    const [kept, given] = [await authorize(), await authorize()];
    expect(await shop.shelf()).toEqual({ available: BOOKS - 2, reserved: 2 });
    expect((await client.post(`/transfers/${kept}/capture`)).body['status']).toBe('committed');
    expect((await client.post(`/transfers/${given}/void`)).body['status']).toBe('aborted');
    expect(await shop.expectAgreement(client, BOOKS)).toBe(1);
  });

  test('names a participant that is in the settings, once for each of its branches', async () => {
    const client = await opened();
    const { postings } = shop.order('alice') as { postings: unknown };
    const ask = (participants: unknown) => client.post('/transfers', { body: { postings, participants } });
    const unknown = await ask([{ participant: 'stok', branch: 'x' }]);
    expect([unknown.status, unknown.body['errors']]).toEqual([
      400,
      [{ in: 'body', path: 'participants.0.participant', message: 'is not known; did you mean stock?' }],
    ]);
    const twice = await ask([
      { participant: 'stock', branch: 'x' },
      { participant: 'stock', branch: 'x' },
    ]);
    expect(twice.status).toBe(400);
    const address = await ask([{ participant: 'http://evil.example/', branch: 'x' }]);
    expect(address.status).toBe(400);
    const large = await ask([{ participant: 'stock', branch: 'x', payload: 'x'.repeat(16 * 1024) }]);
    expect(large.status).toBe(400);
    const nothing = await client.post('/transfers', {
      body: { participants: [{ participant: 'stock', branch: 'x' }], capture: 'manual' },
    });
    expect(nothing.status).toBe(400);
    expect(shop.proxy.passed).toEqual([]);
  });
});

/** Whether a transfer that the stock refuses is what passes the point. */
const ABORTS: readonly CrashPoint[] = ['one-aborted', 'branches-aborted'];

/** What is on disk at a point: the status, and the state of both accounts' branches. They promise with the record, and commit or abort with the decision. */
const LEFT: Readonly<Record<CrashPoint, readonly [status: string | undefined, accounts: string | undefined]>> = {
  'request-read': [undefined, undefined],
  created: ['preparing', 'prepared'],
  'one-prepared': ['preparing', 'prepared'],
  prepared: ['preparing', 'prepared'],
  decided: ['committing', 'committed'],
  'one-committed': ['committing', 'committed'],
  'branches-committed': ['committing', 'committed'],
  'one-aborted': ['aborting', 'aborted'],
  'branches-aborted': ['aborting', 'aborted'],
  finished: ['committed', 'committed'],
};

async function expectOnDisk(point: CrashPoint): Promise<void> {
  const [row] = await shop.bank.query<{ id: string; status: string }>('select id::text, status from transactions');
  const stateOf = async (account: string) => (await replayed(shop.bank, account)).branches.get(row?.id ?? '')?.state;
  const [status, state] = LEFT[point];
  expect([row?.status, await stateOf('alice'), await stateOf('shop')]).toEqual([status, state, state]);
}

describe('a coordinator that is killed', () => {
  test.each(CRASH_POINTS)(
    'at %s leaves both sides to agree after the next start',
    async (point) => {
      // The branch elsewhere opens every window.
      const settings = { STRESS_STEP_BY_STEP: 'false' };
      const first = await shop.services.start(settings, { point, hit: 1, action: 'kill' });
      const before = new BankClient(first.baseUrl);
      await before.open('alice', 300);
      await before.open('shop');
      const refused = {
        participants: [{ participant: 'stock', branch: 'x', payload: { item: 'unicorn', quantity: 1 } }],
      };
      const body = { ...shop.order('alice'), ...(ABORTS.includes(point) && refused) };
      await expect(before.post('/transfers', { body, key: 'k' })).rejects.toThrow('fetch failed');
      await untilDead(first);
      await expectOnDisk(point);
      const after = new BankClient((await shop.services.start(settings)).baseUrl);
      const { status } = await after.post('/transfers', { body, key: 'k' });
      expect(status).toBe(ABORTS.includes(point) ? 422 : 200);
      expect(await shop.expectAgreement(after, BOOKS)).toBe(ABORTS.includes(point) ? 0 : 1);
      await auditAtRest(shop.bank);
    },
    240_000,
  );
});

describe('a participant', () => {
  test.each(['prepare', 'commit', 'abort'])(
    'that is killed when it has done a %s is asked again',
    async (killedAt) => {
      const client = await opened();
      let kills = 1;
      shop.fault = (call) => {
        if (call !== killedAt || kills === 0) return 'none';
        kills -= 1;
        return 'answer-lost';
      };
      const passes = shop.proxy.passed;
      const body = shop.order('alice', { timeoutMs: 20_000 });
      const refused = {
        participants: [{ participant: 'stock', branch: 'x', payload: { item: 'unicorn', quantity: 1 } }],
      };
      const answered = client.post('/transfers', {
        body: { ...body, ...(killedAt === 'abort' && refused) },
        key: 'k',
      });
      await eventually('the call was carried out', () => passes.find(({ fault }) => fault === 'answer-lost'), {
        deadlineMs: 60_000,
      });
      await shop.stopStock();
      await shop.startStock();
      expect((await answered).status).toBe(killedAt === 'abort' ? 422 : 200);
      await shop.expectAgreement(client, BOOKS);
    },
    240_000,
  );

  test('whose calls and answers are lost, late, doubled and out of order keeps the same books', async () => {
    const client = await opened();
    await client.open('bob', 3_000);
    const faults: readonly Fault[] = ['none', 'none', 'cut', 'answer-lost', 'doubled', 'late'];
    let drawn = 7;
    shop.fault = () => {
      drawn = (drawn * 48271) % 2147483647;
      return faults[drawn % faults.length] ?? 'none';
    };
    const statuses = await Promise.all(
      Array.from({ length: 60 }, async (_, n) => {
        const { status } = await client.post('/transfers', {
          body: shop.order('bob', { timeoutMs: 1_000 + 100 * n }),
          key: `order ${n}`,
        });
        return status;
      }),
    );
    shop.fault = () => 'none';
    await untilAllFinal(shop.bank, 60_000);
    // The calls that are still on their way.
    await shop.proxy.idle();
    expect(statuses.filter((status) => ![200, 202, 504].includes(status))).toEqual([]);
    expect(await shop.expectAgreement(client, BOOKS)).toBeGreaterThan(10);
    expect(new Set(shop.proxy.passed.map(({ fault }) => fault))).toEqual(new Set(faults));
  });

  test('that is away keeps no other waiting, is told of, and hears its decision when it is back', async () => {
    const client = await opened();
    shop.fault = (call) => (call === 'commit' ? 'cut' : 'none');
    const { body } = await client.post('/transfers', { body: shop.order('alice'), prefer: 'respond-async' });
    const path = `/transfers/${String(body['id'])}`;
    const waiting = await eventually(
      'the transfer says what it waits for',
      async () => {
        const { body: now } = await client.get(path);
        const [payer, payee] = now['branches'] as readonly { state: string }[];
        const isLast = payer?.state === 'committed' && payee?.state === 'committed';
        return isLast && now['waitingFor'] !== undefined ? now : undefined;
      },
      { deadlineMs: 60_000 },
    );
    expect(waiting).toMatchObject({
      status: 'committing',
      branches: [{ state: 'committed' }, { state: 'committed' }, { state: 'prepared' }],
      waitingFor: [{ participant: 'stock', branch: 'order-1', call: 'commit' }],
    });
    expect(await client.balance('shop')).toEqual({ balance: 30, held: 0 });
    const stuck = await client.asAdmin().get('/admin/transfers?olderThanMs=0');
    expect(stuck.body['items']).toMatchObject([
      { holding: ['stock/order-1'], error: expect.stringMatching(/^stock\/order-1: /) },
    ]);
    const { body: participants } = await client.asAdmin().get('/admin/participants');
    const items = participants['items'] as readonly { name: string }[];
    expect(items.filter(({ name }) => name === 'stock')).toMatchObject([
      { name: 'stock', waiting: 1, oldest: { transfer: body['id'], branch: 'order-1', call: 'commit' } },
    ]);
    expect((await client.post('/account/alice/transfer/to/shop/1')).status).toBe(200);
    shop.fault = () => 'none';
    expect(await client.finalTransfer(String(body['id']), 40_000)).toMatchObject({ status: 'committed' });
    expect(await shop.shelf()).toEqual({ available: BOOKS - 1, reserved: 0 });
  });

  test('that is gone for good is settled by an operator, whose word stays in the history', async () => {
    const client = await opened();
    shop.fault = (call) => (call === 'commit' ? 'cut' : 'none');
    const { body } = await client.post('/transfers', { body: shop.order('alice'), prefer: 'respond-async' });
    const id = String(body['id']);
    await eventually('the transfer waits', async () => (await client.get(`/transfers/${id}`)).body['waitingFor'], {
      deadlineMs: 60_000,
    });
    const settle = (branch: string, as = 'committed') =>
      client.asAdmin().post(`/admin/transfers/${id}/branches/stock/${branch}/settle`, {
        body: { as, note: 'the shelf was counted' },
      });
    expect((await settle('order-2')).body['code']).toBe('branch-not-found');
    expect((await settle('order-1')).status).toBe(202);
    const final = await client.finalTransfer(id);
    expect(final).toMatchObject({ status: 'committed' });
    expect(final['history']).toContainEqual(
      expect.objectContaining({
        settled: {
          participant: 'stock',
          branch: 'order-1',
          as: 'committed',
          note: 'the shelf was counted',
          by: 'admin',
        },
      }),
    );
    expect(await settle('order-1')).toMatchObject({ status: 202, body: { status: 'committed' } });
    const differs = await settle('order-1', 'aborted');
    expect(differs.body).toMatchObject({ code: 'branch-not-open', transferStatus: 'committed' });
  });
});

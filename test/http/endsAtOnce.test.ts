import type { Client, Reply } from './client';
import { WholeService } from './serviceHarness';

type Item = Readonly<Record<string, unknown>>;

describe('a transfer that is one statement from its record to its end', () => {
  let service: WholeService;
  let client: Client;

  beforeAll(async () => {
    service = await WholeService.start();
    client = service.client;
    for (const id of ['a', 'b', 'c']) await client.post(`/account/${id}`);
    await client.post('/account/a/deposit/100');
  });

  afterAll(() => service.stop());

  const transfer = (body: object, headers = {}): Promise<Reply> => client.post('/transfers', { body, headers });
  const itemsOf = ({ body }: Reply): readonly Item[] => body['items'] as readonly Item[];

  /** Reads a list one item at a time, so that each page ends between two rows of one instant. */
  async function oneByOne(path: string, from: string): Promise<readonly Item[]> {
    const all: Item[] = [];
    for (let cursor: unknown = ''; typeof cursor === 'string'; ) {
      const page = await client.get(`${path}limit=1${cursor && `&${from}=${cursor}`}`);
      all.push(...itemsOf(page));
      cursor = page.body['hasMore'] === false ? undefined : page.body['nextCursor'];
    }
    return all;
  }

  it('is answered as it is read afterwards, the first time and under its key', async () => {
    const postings = [
      { origin: 'a', destination: 'b', amount: 7 },
      { origin: 'b', destination: 'a', amount: 2 },
      { origin: 'b', destination: 'c', amount: 3 },
    ];
    const key = { 'idempotency-key': 'once' };
    const { status, body } = await transfer({ postings, metadata: { order: 7 } }, key);
    expect([status, body['status']]).toEqual([200, 'committed']);
    const read = await client.get(`/transfers/${String(body['id'])}`);
    const again = await transfer({ postings, metadata: { order: 7 } }, key);
    expect([JSON.stringify(read.body), JSON.stringify(again.body)]).toEqual(Array(2).fill(JSON.stringify(body)));
  });

  it('is answered 202 to a client that asks not to wait, and is final in that answer', async () => {
    const reply = await transfer({ origin: 'a', destination: 'b', amount: 1 }, { prefer: 'respond-async' });
    expect([reply.status, reply.body['status']]).toEqual([202, 'committed']);
    expect((await client.get(`/transfers/${String(reply.body['id'])}`)).body).toEqual(reply.body);
  });

  it('is told as created, then as committed, to a reader that stops between the two', async () => {
    const { body } = await transfer({ origin: 'a', destination: 'c', amount: 1 });
    const told = async () => {
      const events = await oneByOne('/events?', 'after');
      return events.filter(({ transferId }) => transferId === body['id']).map(({ type }) => type);
    };
    // The feed shows a change when no earlier change can still come.
    for (let tries = 0; (await told()).length === 0 && tries < 100; tries += 1) await client.get('/events?waitMs=100');
    expect(await told()).toEqual(['transfer.created', 'transfer.committed']);
  });

  it('is a hold and then a spend among the entries of the payer, at one instant, after which nothing is held', async () => {
    const { body } = await transfer({ origin: 'a', destination: 'b', amount: 5 });
    const whole = itemsOf(await client.get('/account/a/entries'));
    const of = whole.filter(({ transferId }) => transferId === body['id']);
    const before = Number(of[1]?.['balanceAfter']);
    expect(of).toMatchObject([
      { kind: 'spend', amount: 5, balanceAfter: before - 5, occurredAt: body['finishedAt'] },
      { kind: 'hold', amount: 5, occurredAt: body['createdAt'] },
    ]);
    expect(body['finishedAt']).toBe(body['createdAt']);
    expect(await oneByOne('/account/a/entries?', 'cursor')).toEqual(whole);
    const then = await client.get(`/account/a/balance?at=${String(body['createdAt'])}`);
    expect(then.body).toMatchObject({ balance: before - 5, held: 0, incoming: 0 });
    expect(itemsOf(await client.get('/account/a/holds'))).toEqual([]);
  });
});

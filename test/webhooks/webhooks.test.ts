import type { Answer } from '../../src/client/answer';
import { TandemClient } from '../../src/client/tandemClient';
import type { Deliveries, NewWebhook, WebhookWithSecret } from '../../src/client/types';
import { WholeService } from '../http/serviceHarness';
import { eventually } from '../kit/wait';
import { BACKENDS } from '../support/realJobs';
import { redisDatabase } from '../support/redisDatabase';
import { fails, hangs, Receiver, verified } from './receiver';

const SETTINGS = {
  WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8',
  WEBHOOK_KEYS: Buffer.alloc(32, 7).toString('base64'),
  WEBHOOK_BACKOFF_MIN_MS: '30',
  WEBHOOK_BACKOFF_MAX_MS: '120',
  WEBHOOK_DISABLE_AFTER_MS: '600',
  WEBHOOK_TIMEOUT_MS: '20000',
  WEBHOOK_CONCURRENCY: '3',
};
const DEADLINE = { deadlineMs: 30_000 };

type Delivery = Deliveries['items'][number];

async function told<T>(asked: Promise<Answer<T>>): Promise<T> {
  const answer = await asked;
  if (!answer.ok) throw new Error(JSON.stringify(answer.problem));
  return answer.value;
}

describe.each(BACKENDS)('webhooks, with the queue on %s', (backend) => {
  let service: WholeService;
  let client: TandemClient;
  let receiver: Receiver;
  let accounts = 0;

  beforeAll(async () => {
    const queue = backend === 'redis' ? { REDIS_URL: await redisDatabase() } : {};
    service = await WholeService.start({ ...SETTINGS, ...queue });
    client = new TandemClient(service.client.url, { token: 'admin-token' });
  });

  afterAll(() => service.stop());

  beforeEach(async () => {
    receiver = await Receiver.start();
  });

  afterEach(async () => {
    for (const { id } of (await told(client.webhooks())).items) await told(client.deleteWebhook(id));
    await receiver.stop();
  });

  const create = (types: NewWebhook['types'], url = receiver.url): Promise<WebhookWithSecret> =>
    told(client.createWebhook({ url, types }));

  async function open(): Promise<string> {
    accounts += 1;
    const id = `account-${accounts}`;
    await told(client.openAccount(id));
    return id;
  }

  const deliveries = async (id: string): Promise<readonly Delivery[]> => (await told(client.deliveries(id))).items;

  function untilDelivered(id: string, count: number): Promise<readonly Delivery[]> {
    const ask = async () => {
      const items = await deliveries(id);
      return items.length >= count && items.every(({ status }) => status === 'delivered') ? items : undefined;
    };
    return eventually(`${count} are delivered`, ask, DEADLINE);
  }

  it('are told what the feed tells, of their types, each change with a higher version', async () => {
    const { secret } = await create(['transfer.created', 'transfer.committed']);
    const [origin, destination] = [await open(), await open()];
    await told(client.deposit(origin, 100));
    const transfer = await told(client.transfer({ origin, destination, amount: 30 }));
    const committed = await receiver.until('transfer.committed', transfer.id, secret);
    const created = await receiver.until('transfer.created', transfer.id, secret);
    const feed = (await told(client.events({ types: ['transfer.committed'], account: origin }))).items;
    expect(committed).toMatchObject({ type: 'transfer.committed', version: feed[0]?.version, timestamp: feed[0]?.at });
    expect(committed.data).toEqual(feed[0]);
    expect(committed.version).toBeGreaterThan(created.version);
    expect(receiver.received).toHaveLength(2);
  });

  it('get later what they did not take at first', async () => {
    receiver.behaves = fails;
    const { id, secret } = await create(['account.opened']);
    const account = await open();
    const failed = () => deliveries(id).then((items) => items.find(({ attempts }) => attempts >= 3));
    const tried = await eventually('it is tried again', failed, DEADLINE);
    expect(tried).toMatchObject({ status: 'pending', answerStatus: 503, error: 'answered 503' });
    expect(await told(client.webhook(id))).toMatchObject({ pending: 1, failingSince: expect.any(String) });
    receiver.behaves = (response) => response.writeHead(200).end();
    await told(client.enableWebhook(id));
    expect(await untilDelivered(id, 1)).toMatchObject([{ type: 'account.opened', answerStatus: 200 }]);
    await receiver.until('account.opened', account, secret);
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect((await told(client.webhook(id))).failingSince).toBeUndefined();
  });

  it('that hang hold up no other and no transfer, and get no more than their places', async () => {
    const hanging = await Receiver.start(hangs);
    const slow = await create(['account.opened', 'transfer.committed'], hanging.url);
    const { secret } = await create(['transfer.committed']);
    const opened = await Promise.all(Array.from({ length: 6 }, open));
    const [origin = '', destination = ''] = opened;
    await told(client.deposit(origin, 100));
    const three = () => (hanging.received.length === 3 ? true : undefined);
    await eventually('its places are taken', three, DEADLINE);
    for (let n = 0; n < 5; n += 1) {
      const { id, status } = await told(client.transfer({ origin, destination, amount: 1 }));
      expect(status).toBe('committed');
      await receiver.until('transfer.committed', id, secret);
    }
    const waiting = await deliveries(slow.id);
    expect(waiting.filter(({ status }) => status === 'pending')).toHaveLength(11);
    expect(hanging.received).toHaveLength(3);
    await told(client.deleteWebhook(slow.id));
    await hanging.stop();
  });

  it('that fail for too long are disabled, and told of all of it once they are enabled', async () => {
    receiver.behaves = fails;
    const { id, secret } = await create(['account.opened']);
    const first = await open();
    const disabled = () => told(client.webhook(id)).then(({ disabledAt }) => disabledAt);
    await eventually('it is disabled', disabled, DEADLINE);
    const attempts = receiver.received.length;
    const second = await open();
    receiver.behaves = (response) => response.writeHead(204).end();
    expect(await told(client.webhook(id))).toMatchObject({ pending: 1 });
    expect(receiver.received).toHaveLength(attempts);
    expect((await told(client.enableWebhook(id))).disabledAt).toBeUndefined();
    for (const account of [first, second]) await receiver.until('account.opened', account, secret);
    await untilDelivered(id, 2);
  });

  it('that answer 410 are disabled at once', async () => {
    receiver.behaves = (response) => response.writeHead(410).end();
    const { id } = await create(['account.opened']);
    await open();
    await eventually('it is disabled', () => told(client.webhook(id)).then(({ disabledAt }) => disabledAt), DEADLINE);
    expect(await deliveries(id)).toMatchObject([{ attempts: 1, error: 'answered 410' }]);
  });

  it('are sent a range of the feed once more, under the names that the events had', async () => {
    const { id, secret } = await create(['account.opened']);
    const opened = [await open(), await open(), await open(), await open()];
    const delivered = (await untilDelivered(id, 4)).toReversed();
    const [first, second, third] = delivered.map(({ event }) => event);
    if (first === undefined || second === undefined || third === undefined) throw new Error('four were delivered');
    const before = receiver.received.splice(0);
    expect((await told(client.replayEvents(id, { after: first, until: third }))).pending).toBe(0);
    await eventually('two come again', () => (receiver.received.length === 2 ? true : undefined), DEADLINE);
    const over = () =>
      told(client.webhook(id)).then(({ replay, pending }) => (replay || pending > 0 ? undefined : true));
    await eventually('the replay is over', over, DEADLINE);
    const again = receiver.received.map((received) => verified(received, secret).data['account']);
    expect(new Set(again)).toEqual(new Set([opened[1], opened[2]]));
    const names = (all: readonly { headers: Readonly<Record<string, unknown>> }[]) =>
      all.map(({ headers }) => headers['webhook-id']);
    expect(names(before)).toEqual(expect.arrayContaining(names(receiver.received)));
    await told(client.replayEvents(id, { after: 'oldest' }));
    await eventually('all come again', over, DEADLINE);
    expect(receiver.about(opened[3] ?? '', secret)).toHaveLength(1);
  });

  it('are signed with the secret before, too, while it is replaced, and not after that', async () => {
    const { id, secret } = await create(['account.opened']);
    const rotated = await told(client.rotateWebhookSecret(id));
    const one = await open();
    await receiver.until('account.opened', one, secret);
    await receiver.until('account.opened', one, rotated.secret);
    const last = await told(client.rotateWebhookSecret(id, { graceMs: 0 }));
    const [received] = receiver.received.splice(0);
    const two = await open();
    await receiver.until('account.opened', two, last.secret);
    expect(received && verified(received, secret)).toMatchObject({ data: { account: one } });
    for (const old of [secret, rotated.secret]) expect(() => receiver.about(two, old)).toThrow('No matching signature');
  });

  it('are told of nothing any more once they are deleted', async () => {
    const { id } = await create(['account.opened']);
    const kept = await create(['account.opened']);
    await told(client.deleteWebhook(id));
    const account = await open();
    await receiver.until('account.opened', account, kept.secret);
    await untilDelivered(kept.id, 1);
    expect(receiver.received).toHaveLength(1);
  });
});

test('what a job delivers waits for no look at what is due', async () => {
  const service = await WholeService.start({ ...SETTINGS, SWEEP_EVERY_MS: '60000' });
  const client = new TandemClient(service.client.url, { token: 'admin-token' });
  const receiver = await Receiver.start();
  let refusals = 2;
  receiver.behaves = (response) => {
    refusals -= 1;
    response.writeHead(refusals >= 0 ? 503 : 204).end();
  };
  const { secret } = await told(client.createWebhook({ url: receiver.url, types: ['account.opened'] }));
  await told(client.openAccount('alice'));
  await eventually('it is taken', () => (receiver.about('alice', secret).length === 3 ? true : undefined), DEADLINE);
  await service.stop();
  await receiver.stop();
});

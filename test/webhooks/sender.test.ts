import { wallClockMs } from '../../src/adapters/systemClock';
import { CallableAddresses } from '../../src/adapters/webhooks/addresses';
import { WebhookSecrets } from '../../src/adapters/webhooks/secrets';
import { WebhookSender } from '../../src/adapters/webhooks/sender';
import type { ClaimedDelivery } from '../../src/engine/webhooks/store';
import { until } from '../http/until';
import { freePort } from '../kit/ports';
import { accepts, type Behaviour, hangs, Receiver, verified } from './receiver';

const secrets = new WebhookSecrets([Buffer.alloc(32, 7).toString('base64')]);
const [first, second] = [secrets.make(), secrets.make()];
/** Long for an answer that comes, and for one that never comes the tests wait less. */
const OPTIONS = { timeoutMs: 30_000, connectionsMax: 2 };
const HASTY = { ...OPTIONS, timeoutMs: 300 };

describe('an attempt to deliver', () => {
  let receiver: Receiver;
  let sender: WebhookSender;

  const senderTo = (networks: readonly string[], options = OPTIONS) =>
    new WebhookSender(new CallableAddresses(networks), secrets, wallClockMs, options);

  const delivery = (more: Partial<ClaimedDelivery> = {}): ClaimedDelivery => ({
    webhookId: 'w',
    cursor: { position: 812n, count: 1, atMs: 1_795_298_400_007 },
    type: 'account.opened',
    body: '{"type":"account.opened","data":"ä"}',
    url: `${receiver.url}?of=tandem`,
    secrets: [first],
    attempts: 1,
    claim: 'c',
    ...more,
  });

  beforeEach(async () => {
    receiver = await Receiver.start();
    sender = senderTo(['127.0.0.0/8']);
  });

  afterEach(async () => {
    await sender.close();
    await receiver.stop();
  });

  async function answered(behaves: Behaviour) {
    receiver.behaves = behaves;
    const { ms: _ms, ...attempted } = await sender.send(delivery());
    return attempted;
  }

  it('is one POST that the public library verifies, with the name of the event', async () => {
    expect(await sender.send(delivery())).toEqual({ status: 204, ms: expect.any(Number) });
    const [got] = receiver.received;
    if (!got) throw new Error('nothing came');
    expect(got).toMatchObject({
      path: '/hooks?of=tandem',
      headers: { 'webhook-id': 'evt_812-1-1795298400007', 'content-type': 'application/json' },
    });
    expect(verified(got, first.secret)).toEqual({ type: 'account.opened', data: 'ä' });
    expect(() => verified(got, second.secret)).toThrow();
    expect(() => verified({ ...got, body: got.body.replace('ä', 'a') }, first.secret)).toThrow();
  });

  it('is signed with each secret while one takes the place of another', async () => {
    await sender.send(delivery({ secrets: [second, first] }));
    const [got] = receiver.received;
    if (!got) throw new Error('nothing came');
    expect(got.headers['webhook-signature']).toMatch(/^v1,\S+ v1,\S+$/);
    for (const { secret } of [first, second]) expect(verified(got, secret)).toMatchObject({ type: 'account.opened' });
  });

  it.each([200, 201, 204, 299])('succeeds with %i', async (status) => {
    expect(await answered((response) => response.writeHead(status).end())).toEqual({ status });
  });

  it.each([400, 404, 500, 503])('fails with %i', async (status) => {
    expect(await answered((response) => response.writeHead(status).end())).toEqual({
      status,
      error: `answered ${status}`,
      isGone: false,
    });
  });

  it('hears that the receiver wants no more, and for how long it wants to be left alone', async () => {
    expect(await answered((response) => response.writeHead(410).end())).toMatchObject({ isGone: true });
    expect(await answered((response) => response.writeHead(429, { 'retry-after': '7' }).end())).toMatchObject({
      retryAfterMs: 7_000,
    });
  });

  it('follows no redirect', async () => {
    const elsewhere = await Receiver.start();
    const redirects: Behaviour = (response) => response.writeHead(307, { location: elsewhere.url }).end();
    expect(await answered(redirects)).toMatchObject({ status: 307, error: 'answered 307' });
    expect(elsewhere.received).toEqual([]);
    await elsewhere.stop();
  });

  it('waits no longer than it is told, whatever trickles in', async () => {
    await sender.close();
    sender = senderTo(['127.0.0.0/8'], HASTY);
    expect(await answered(hangs)).toEqual({ error: 'no answer within 300 ms' });
    const trickles: Behaviour = (response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write('.'), 20);
      response.on('close', () => clearInterval(timer));
    };
    expect(await answered(trickles)).toEqual({ error: 'no answer within 300 ms' });
  });

  it('has connections that no other webhook on the same origin uses up', async () => {
    receiver.behaves = (response, { path }) => path.endsWith('/silent') || response.writeHead(204).end();
    const silent = { webhookId: 'silent', url: `${receiver.url}/silent` };
    const hanging = Array.from({ length: OPTIONS.connectionsMax }, () => sender.send(delivery(silent)));
    await until(() => receiver.received.length === OPTIONS.connectionsMax);
    expect(await sender.send(delivery())).toMatchObject({ status: 204 });
    await receiver.stop();
    for (const { error } of await Promise.all(hanging)) expect(error).toBe('connection lost');
  });

  it('reads no long answer', async () => {
    const long: Behaviour = (response) => response.end(Buffer.alloc(100 * 1024));
    expect(await answered(long)).toEqual({ error: 'answered with more than 64 KiB' });
  });

  it.each(['127.0.0.1', 'localhost'])('is not made to %s where that is not allowed', async (host) => {
    const strict = senderTo(['10.0.0.0/8']);
    const url = receiver.url.replace('127.0.0.1', host);
    expect(await strict.send(delivery({ url }))).toMatchObject({ error: 'its address is none that may be called' });
    expect(receiver.received).toEqual([]);
    await strict.close();
  });

  it('is not made with a secret whose key is gone', async () => {
    const stored = new WebhookSecrets([Buffer.alloc(32, 8).toString('base64')]).make();
    expect(await sender.send(delivery({ secrets: [stored] }))).toMatchObject({
      error: 'not sent: no key in WEBHOOK_KEYS is the one that its secret was made with',
    });
    expect(receiver.received).toEqual([]);
  });

  it('goes to a receiver that is back', async () => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}/hooks`;
    expect(await sender.send(delivery({ url }))).toMatchObject({ error: 'connection refused' });
    await receiver.stop();
    receiver = await Receiver.start(accepts, port);
    expect(await sender.send(delivery({ url }))).toMatchObject({ status: 204 });
  });
});

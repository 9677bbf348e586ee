import { connect, type Socket } from 'node:net';
import { DEFAULT_LIMITS } from '../../src/http/deps';
import type { Client } from './client';
import { Edge } from './edgeHarness';
import { until } from './until';

const HEADERS_TIMEOUT_MS = 4000;

describe('an attacker', () => {
  let edge: Edge;
  let client: Client;

  beforeAll(async () => {
    edge = new Edge({ limits: DEFAULT_LIMITS });
    client = await edge.start({ connectionsMax: 600, headersTimeoutMs: HEADERS_TIMEOUT_MS });
    edge.seed('a', 10n);
  });

  afterAll(() => edge.stop());

  it.each([
    '/account/..%2f..%2fetc%2fpasswd/balance',
    '/account/a%0d%0aSet-Cookie:x/balance',
    '/account/%7B%7D/balance',
  ])('gets nowhere with the path %s', async (path) => {
    const { status, headers } = await client.get(path);
    expect(status).toBe(400);
    expect(headers.get('set-cookie')).toBeNull();
  });

  it('cannot put a header of its own into an answer', async () => {
    const { headers } = await client.get('/health/live', { headers: { 'x-request-id': 'a%0d%0aset-cookie: x' } });
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('cannot change what an object is by its keys', async () => {
    const body = '{"origin":"a","destination":"b","amount":1,"__proto__":{"admin":true}}';
    expect((await client.post('/transfers', { body })).status).toBe(400);
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  it('does not see what is behind a failure', async () => {
    edge.journal.before = () => Promise.reject(new TypeError('at /srv/app/secret.js:1 select * from accounts'));
    const { status, body } = await client.get('/account/a/balance');
    edge.journal.before = () => Promise.resolve();
    expect(status).toBe(500);
    expect(JSON.stringify(body)).not.toMatch(/TypeError|secret|select/);
  });

  it('does not get tokens or bodies into the log', async () => {
    const headers = { authorization: 'Bearer very-secret-token', 'idempotency-key': 'secret-key' };
    await client.post('/transfers', { body: { origin: 'a', destination: 'secret-body', amount: 1 }, headers });
    await client.post('/account/a/deposit/1', { headers });
    expect(edge.logged.join('')).not.toMatch(/very-secret-token|secret-key|secret-body/);
  });

  it('may open as many connections as it likes and send nothing: the service answers others, in bounded memory', async () => {
    const { hostname, port } = new URL(client.url);
    const before = process.memoryUsage().rss;
    const startedAt = performance.now();
    const sockets: Socket[] = [];
    let closed = 0;
    for (let n = 0; n < 1200; n += 1) {
      const socket = connect(Number(port), hostname);
      socket.resume();
      socket.on('error', () => undefined);
      socket.on('close', () => {
        closed += 1;
      });
      sockets.push(socket);
      // In portions that fit the kernel's backlog: of a connection that it drops there neither side would ever hear.
      if (n % 100 === 99) await new Promise((done) => setTimeout(done, 20));
    }
    // Half of the 600 places are for those who are silent: the service still answers a client that asks.
    await until(() => closed >= 900);
    expect((await fetch(`${client.url}/health/live`, { headers: { connection: 'close' } })).status).toBe(200);
    // Silence has not ended them yet, unless all of that took as long.
    if (performance.now() - startedAt < HEADERS_TIMEOUT_MS) expect(closed).toBeLessThan(1200);
    await until(() => closed === 1200);
    expect((await client.get('/health/live')).status).toBe(200);
    expect(process.memoryUsage().rss - before).toBeLessThan(300_000_000);
    for (const socket of sockets) socket.destroy();
  });
});

describe('limits', () => {
  it('lets idle connections make room when every place is taken, and none that waits for an answer', async () => {
    const edge = new Edge({ limits: DEFAULT_LIMITS });
    const client = await edge.start({ connectionsMax: 20 });
    const { hostname, port } = new URL(client.url);
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    edge.journal.before = () => held;
    const sockets: Socket[] = [];
    /** Resolves with what comes back, once something does or the connection is closed. */
    const asks = (path: string): Promise<string> =>
      new Promise((resolve) => {
        const socket = connect(Number(port), hostname, () =>
          socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`),
        );
        sockets.push(socket);
        socket.on('error', () => undefined);
        socket.once('data', (chunk) => resolve(String(chunk)));
        socket.once('close', () => resolve('closed'));
      });
    const waiting = asks('/account/a/balance');
    await until(() => edge.journal.calls.length > 0);
    for (let n = 0; n < 100; n += 1) expect(await asks('/health/live')).toMatch(/^HTTP\/1.1 200 /);
    release();
    expect(await waiting).toMatch(/^HTTP\/1.1 404 /);
    for (const socket of sockets) socket.destroy();
    await edge.stop();
  });

  it('turns away a caller that asks too often, and no other', async () => {
    const edge = new Edge({ limits: { ...DEFAULT_LIMITS, requestsPerSecond: 5 } });
    const client = await edge.start();
    const alice = client.as('alice-token');
    const startedAt = performance.now();
    const replies = await Promise.all(Array.from({ length: 20 }, () => alice.get('/account/alice/balance')));
    // Five of each second that was begun.
    const seconds = 1 + Math.ceil((performance.now() - startedAt) / 1_000);
    const refused = replies.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThanOrEqual(20 - 5 * seconds);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]?.body['code']).toBe('rate-limited');
    expect(refused[0]?.headers.get('retry-after')).toBe('1');
    expect((await client.as('bob-token').get('/account/bob/balance')).status).toBe(404);
    expect((await client.get('/health/live')).status).toBe(200);
    await edge.stop();
  });

  it('counts refused tokens against the address that they come from, and neither its good tokens nor its health', async () => {
    const edge = new Edge({ limits: { ...DEFAULT_LIMITS, requestsPerSecond: 5 } });
    const client = await edge.start();
    const guess = (n: number) => client.as(`wrong-token-${n}`).get('/account/alice/balance');
    const statuses = (await Promise.all(Array.from({ length: 200 }, (_, n) => guess(n)))).map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([401, 429]));
    expect(statuses.filter((status) => status === 401).length).toBeLessThanOrEqual(100);
    expect((await client.as('alice-token').get('/account/alice/balance')).status).toBe(404);
    expect((await client.get('/health/live')).status).toBe(200);
    // One line for each that was answered 401, and none for what was turned away unread.
    const lines = edge.lines().filter(({ msg }) => msg === 'token refused');
    expect(lines).toHaveLength(statuses.filter((status) => status === 401).length);
    await edge.stop();
  });

  it('counts who may not use a route, and the dashboard', async () => {
    const edge = new Edge({ limits: { ...DEFAULT_LIMITS, requestsPerSecond: 5 } });
    const client = await edge.start();
    const many = async (token: string, path: string) => {
      const replies = await Promise.all(Array.from({ length: 50 }, () => client.as(token).get(path)));
      return new Set(replies.map(({ status }) => status));
    };
    expect(await many('bob-token', '/admin/wallets')).toEqual(new Set([403, 429]));
    expect(await many('admin-token', '/admin/queues')).toEqual(new Set([200, 429]));
    expect(await many('wrong-token', '/admin/queues')).toEqual(new Set([401, 429]));
    await edge.stop();
  });
});

import { connect, type Socket } from 'node:net';
import { Client as PgClient } from 'pg';
import { DEFAULT_LIMITS } from '../../src/http/deps';
import type { Client } from './client';
import { Edge } from './edgeHarness';
import { WholeService } from './serviceHarness';
import { until } from './until';

describe('an attacker', () => {
  let edge: Edge;
  let client: Client;

  beforeAll(async () => {
    edge = new Edge({ limits: DEFAULT_LIMITS });
    client = await edge.start({ connectionsMax: 600, headersTimeoutMs: 1000 });
    edge.accountStore.seed('a', 10n);
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
    edge.accountStore.before = () => Promise.reject(new TypeError('at /srv/app/secret.js:1 select * from accounts'));
    const { status, body } = await client.get('/account/a/balance');
    edge.accountStore.before = () => Promise.resolve();
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
    // Half of the 600 places are for those who are silent: whoever asks something is answered meanwhile.
    await until(() => closed >= 900);
    const asked = performance.now();
    expect((await fetch(`${client.url}/health/live`, { headers: { connection: 'close' } })).status).toBe(200);
    expect(performance.now() - asked).toBeLessThan(1000);
    expect(closed).toBeLessThan(1200);
    await until(() => closed === 1200, 25_000);
    expect((await client.get('/health/live')).status).toBe(200);
    expect(process.memoryUsage().rss - before).toBeLessThan(300_000_000);
    for (const socket of sockets) socket.destroy();
  });
});

/** Waits until somebody waits for the lock that the client holds. */
async function eventuallyBlocked(blocker: PgClient): Promise<void> {
  for (let looks = 0; looks < 500; looks += 1) {
    const { rowCount } = await blocker.query('select from pg_locks where not granted');
    if (rowCount) return;
  }
  throw new Error('nobody waits for the lock');
}

describe('limits', () => {
  it('turns a caller away that asks too often, and nobody else', async () => {
    const edge = new Edge({ limits: { ...DEFAULT_LIMITS, requestsPerSecond: 5 } });
    const client = await edge.start();
    const alice = client.as('alice-token');
    const replies = await Promise.all(Array.from({ length: 20 }, () => alice.get('/account/alice/balance')));
    const refused = replies.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThanOrEqual(10);
    expect(refused[0]?.body['code']).toBe('rate-limited');
    expect(refused[0]?.headers.get('retry-after')).toBe('1');
    expect((await client.as('bob-token').get('/account/bob/balance')).status).toBe(404);
    expect((await client.get('/health/live')).status).toBe(200);
    await edge.stop();
  });

  it('answers 503 when every connection for reads is taken, while transfers go on', async () => {
    const service = await WholeService.start({ READ_CONNECTIONS_MAX: '1' });
    const { client, database } = service;
    for (const id of ['a', 'b']) await client.post(`/account/${id}`);
    await client.post('/account/a/deposit/10');
    const blocker = new PgClient({ connectionString: database.url });
    await blocker.connect();
    await blocker.query('begin; lock table journal_snapshots in access exclusive mode');
    const report = client.as('alice-token').get('/wallet/balance');
    await eventuallyBlocked(blocker);
    const startedAt = performance.now();
    const second = await client.get('/account/a/entries');
    expect(second).toMatchObject({ status: 503, body: { code: 'unavailable', outcome: 'not-started' } });
    expect(second.headers.get('retry-after')).toBe('1');
    expect(performance.now() - startedAt).toBeLessThan(3000);
    expect((await client.post('/account/a/transfer/to/b/5')).status).toBe(200);
    await blocker.query('rollback');
    await blocker.end();
    expect([200, 503]).toContain((await report).status);
    expect((await client.get('/account/a/entries')).status).toBe(200);
    await service.stop();
  });
});

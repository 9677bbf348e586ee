import { loadConfig } from '../../src/config';
import { openAuthenticator, tokenAuthenticator } from '../../src/http/auth/authenticator';
import type { HttpDeps } from '../../src/http/deps';
import type { Client } from './client';
import { Edge } from './edgeHarness';
import { rawCall } from './rawRequest';

const REFUSED = { status: 403, body: { code: 'foreign-origin' } };

describe.each([
  ['without authentication', () => Promise.resolve(openAuthenticator())],
  ['with tokens', () => tokenAuthenticator({ tokens: 'shop-token-x=shop:service,admin-token=root:admin' })],
])('a request from a page of another origin, %s', (_mode, authenticator) => {
  let edge: Edge;
  let client: Client;
  let own: string;

  beforeAll(async () => {
    edge = new Edge({ authenticator: await authenticator(), allowed: { hosts: [], origins: ['https://app.example'] } });
    client = (await edge.start()).as('admin-token');
    own = client.url;
    edge.seed('a', 100n);
    edge.seed('b', 0n);
  });

  afterAll(() => edge.stop());

  const foreign: readonly Record<string, string>[] = [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'none, cross-site' },
    { origin: 'http://evil.example' },
    { origin: 'http://127.0.0.1:1' },
    { origin: 'http://localhost' },
    { origin: 'null' },
    { origin: 'null', 'sec-fetch-site': 'cross-site' },
    { origin: 'chrome-extension://abcdef' },
    { origin: 'no origin' },
    { origin: 'https://app.example.evil.example' },
    { origin: 'http://app.example' },
    { origin: 'http://evil.example', 'sec-fetch-site': 'same-origin' },
  ];

  it.each(foreign)('is refused whatever it would change: %j', async (headers) => {
    const body = { origin: 'a', destination: 'b', amount: 7 };
    expect(await client.post('/account/a/transfer/to/b/7', { headers })).toMatchObject(REFUSED);
    expect(await client.post('/transfers', { headers, body })).toMatchObject(REFUSED);
    expect(await client.post('/account/new', { headers })).toMatchObject(REFUSED);
    expect(await client.post('/wallet/deposit', { headers, body: { amountCents: 5 } })).toMatchObject(REFUSED);
    expect(edge.account('a').balance).toBe(100n);
    const dashboard = { method: 'PUT', headers: { ...headers, authorization: 'Bearer admin-token' } };
    expect((await fetch(`${own}/admin/queues/api/queues/coordinator/pause`, dashboard)).status).toBe(403);
  });

  it.each(foreign)('may look: %j', async (headers) => {
    expect((await client.get('/account/a/balance', { headers })).status).toBe(200);
  });

  it('tells what was wrong, and how to let it in on purpose', async () => {
    const { body } = await client.post('/account/new', { headers: { origin: 'http://evil.example' } });
    expect(body['detail']).toContain('ALLOWED_ORIGINS');
  });

  it.each([
    ['none said', {}],
    ['the own origin', { origin: 'OWN' }],
    ['the own origin over TLS, which a proxy speaks', { origin: 'TLS' }],
    ['the own origin, as browsers say it', { origin: 'OWN', 'sec-fetch-site': 'same-origin' }],
    ['the address bar', { 'sec-fetch-site': 'none' }],
    ['a form on an own page, under its referrer policy', { origin: 'null', 'sec-fetch-site': 'same-origin' }],
    ['an origin that is allowed', { origin: 'https://app.example', 'sec-fetch-site': 'cross-site' }],
  ])('is none that comes from %s', async (_name, headers: Record<string, string>) => {
    const origins: Record<string, string> = { OWN: own, TLS: own.replace('http:', 'https:') };
    const sent = { ...headers, ...(headers['origin'] && { origin: origins[headers['origin']] ?? headers['origin'] }) };
    expect((await client.post('/account/a/deposit/1', { headers: sent })).status).toBe(200);
    expect((await client.post('/account/a/withdraw/1', { headers: sent })).status).toBe(200);
  });

  it('is told by name and port, whatever the way to write the port', async () => {
    const call = (host: string, origin: string) =>
      rawCall(own, ['POST /nothing HTTP/1.1', `Host: ${host}`, `Origin: ${origin}`]);
    expect((await call('localhost:80', 'http://localhost')).status).toBe(404);
    expect((await call('localhost', 'http://localhost')).status).toBe(404);
    expect((await call('localhost', 'http://localhost:81')).status).toBe(403);
  });
});

describe('the name that a request speaks to', () => {
  async function withEdge(overrides: Partial<HttpDeps>, work: (url: string) => Promise<void>): Promise<void> {
    const edge = new Edge(overrides);
    const { url } = await edge.start();
    await work(url);
    await edge.stop();
  }
  const get = (url: string, host: string, path = '/health/live') =>
    rawCall(url, [`GET ${path} HTTP/1.1`, `Host: ${host}`]);

  it('is a loopback one as long as every caller is served', async () => {
    await withEdge({}, async (url) => {
      for (const host of [
        'localhost',
        'localhost:3000',
        'LOCALHOST',
        '127.0.0.1:80',
        '127.8.8.8',
        '[::1]',
        '[::1]:3000',
      ]) {
        expect((await get(url, host)).status).toBe(200);
      }
      for (const host of [
        'evil.example',
        'evil.example:3000',
        '10.0.0.1',
        '0.0.0.0',
        '127.0.0.1.evil.example',
        'localhost.evil.example',
        '[::2]',
        'a@localhost',
        'localhost:x',
        '',
      ]) {
        const reply = await get(url, host);
        expect(reply).toMatchObject(REFUSED);
        expect(reply.body['detail']).toContain('ALLOWED_HOSTS');
        expect(reply.headers.get('content-type')).toBe('application/problem+json');
      }
    });
  });

  it('is asked for on every path, the dashboard and what is not there included', async () => {
    await withEdge({}, async (url) => {
      for (const path of ['/', '/docs', '/admin/queues', '/metrics', '/nothing', '/account/a/balance']) {
        expect(await get(url, 'evil.example', path)).toMatchObject(REFUSED);
      }
    });
  });

  it('may be one that is allowed, on any port or on one', async () => {
    await withEdge({ allowed: { hosts: ['tandem.internal', 'other:81'], origins: [] } }, async (url) => {
      for (const host of ['tandem.internal', 'Tandem.Internal:99', 'other:81']) {
        expect((await get(url, host)).status).toBe(200);
      }
      expect(await get(url, 'other')).toMatchObject(REFUSED);
      expect(await get(url, 'other:82')).toMatchObject(REFUSED);
    });
  });

  it('is not asked of those who need a token anyway', async () => {
    await withEdge(
      { authenticator: await tokenAuthenticator({ tokens: 'shop-token-x=shop:service' }) },
      async (url) => {
        expect((await get(url, 'tandem.example')).status).toBe(200);
      },
    );
  });

  it.each([
    ['two names', ['GET /health/live HTTP/1.1', 'Host: localhost', 'Host: localhost'], 'must be given once'],
    ['two names, one in other letters', ['GET / HTTP/1.1', 'Host: localhost', 'hOST: x'], 'must be given once'],
    ['no name', ['GET /health/live HTTP/1.1'], 'is required'],
  ])('is refused as a bad request when there is %s', async (_name, lines, message) => {
    await withEdge({}, async (url) => {
      const reply = await rawCall(url, lines);
      expect(reply).toMatchObject({
        status: 400,
        body: { code: 'invalid-request', errors: [{ in: 'header', path: 'Host', message }] },
      });
      expect(reply.headers.get('content-type')).toBe('application/problem+json');
      expect(reply.headers.get('x-request-id')).toBe(reply.body['instance']);
    });
  });

  it('is not asked of HTTP/1.0, which has none', async () => {
    await withEdge({}, async (url) => {
      expect((await rawCall(url, ['GET /health/live HTTP/1.0'])).status).toBe(200);
    });
  });

  it('an expectation that cannot be met is answered as everything else is', async () => {
    await withEdge({}, async (url) => {
      const reply = await rawCall(url, ['GET /health/live HTTP/1.1', 'Host: localhost', 'Expect: 200-ok']);
      expect(reply).toMatchObject({ status: 417, body: { code: 'expectation-failed' } });
      expect(reply.headers.get('content-type')).toBe('application/problem+json');
      const met = await rawCall(url, ['GET /health/live HTTP/1.1', 'Host: localhost', 'Expect: 100-continue']);
      expect(met.status).toBe(100);
    });
  });
});

describe('ALLOWED_HOSTS and ALLOWED_ORIGINS', () => {
  it('are lists, in any letters', () => {
    const { ALLOWED_HOSTS, ALLOWED_ORIGINS } = loadConfig({
      ALLOWED_HOSTS: 'Tandem.internal, [::1]:3000 ,other:81,',
      ALLOWED_ORIGINS: 'https://App.example, http://localhost:8080/,https://x.example:443',
    });
    expect(ALLOWED_HOSTS).toEqual(['tandem.internal', '[::1]:3000', 'other:81']);
    expect(ALLOWED_ORIGINS).toEqual(['https://app.example', 'http://localhost:8080', 'https://x.example']);
  });

  it.each([
    ['ALLOWED_HOSTS', 'http://tandem.internal'],
    ['ALLOWED_HOSTS', 'a b'],
    ['ALLOWED_HOSTS', ','],
    ['ALLOWED_ORIGINS', 'app.example'],
    ['ALLOWED_ORIGINS', 'https://app.example/path'],
    ['ALLOWED_ORIGINS', 'ftp://app.example'],
    ['ALLOWED_ORIGINS', '*'],
  ])('do not take what means nothing: %s=%s', (name, value) => {
    expect(() => loadConfig({ [name]: value })).toThrow(new RegExp(`^  ${name}[.0-9]*: must `, 'm'));
  });
});

import { connect } from 'node:net';
import type { Client } from './client';
import { WholeService } from './serviceHarness';

const EVERYWHERE: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
};
const NOTHING = "default-src 'none';frame-ancestors 'none'";

describe('headers that tell a browser what not to do', () => {
  let service: WholeService;
  let client: Client;

  beforeAll(async () => {
    service = await WholeService.start();
    ({ client } = service);
    await client.post('/account/a');
  });

  afterAll(() => service.stop());

  function expectSafe(headers: Headers): void {
    const seen = Object.fromEntries(Object.keys(EVERYWHERE).map((name) => [name, headers.get(name)]));
    expect(seen).toEqual(EVERYWHERE);
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('cache-control')).toBe('no-store');
  }

  it.each([
    ['an answer', 200, 'GET', '/account/a/balance', undefined],
    ['an index', 200, 'GET', '/', undefined],
    ['a health check', 200, 'GET', '/health/live', undefined],
    ['a refusal', 422, 'POST', '/account/a/withdraw/1', undefined],
    ['a path that does not exist', 404, 'GET', '/nothing', undefined],
    ['a method that does not', 405, 'DELETE', '/transfers', undefined],
    ['a body that cannot be read', 400, 'POST', '/transfers', '{'],
    ['a path that cannot be decoded', 400, 'GET', '/account/%ff/balance', undefined],
    ['a page that is not for this caller', 401, 'GET', '/admin/queues', undefined],
  ])('let nothing be made of %s', async (_what, status, method, path, body) => {
    const reply = await client.call(method, path, body === undefined ? {} : { body });
    expect(reply.status).toBe(status);
    expectSafe(reply.headers);
    expect(reply.headers.get('content-security-policy')).toBe(NOTHING);
  });

  it('are on the answer to what is no HTTP too', async () => {
    const { hostname, port } = new URL(client.url);
    const answer = await new Promise<string>((resolve, reject) => {
      let received = '';
      const socket = connect(Number(port), hostname, () => socket.write('NONSENSE\r\n\r\n'));
      socket.on('data', (chunk) => {
        received += String(chunk);
      });
      socket.on('close', () => resolve(received));
      socket.on('error', reject);
    });
    const [head = ''] = answer.split('\r\n\r\n');
    const lines = head.split('\r\n').slice(1);
    expectSafe(new Headers(lines.map((line) => line.split(': ') as [string, string])));
    expect(head).toContain(NOTHING);
  });

  it('let the documentation have its own style, and no script', async () => {
    const { headers } = await client.get('/docs');
    expectSafe(headers);
    const policy = String(headers.get('content-security-policy'));
    expect(policy).toContain("style-src 'unsafe-inline'");
    expect(policy).not.toContain('script-src');
    expect(policy).toContain("default-src 'none'");
  });

  it.each(['/admin/queues', '/admin/queues/api/queues'])(
    'let the dashboard at %s load what comes from here',
    async (path) => {
      const authorization = `Basic ${Buffer.from('me:admin-token').toString('base64')}`;
      const response = await fetch(client.url + path, { headers: { authorization } });
      await response.text();
      expect(response.status).toBe(200);
      expectSafe(response.headers);
      const policy = String(response.headers.get('content-security-policy'));
      expect(policy).toContain("script-src 'self'");
      expect(policy).toContain("frame-ancestors 'none'");
    },
  );
});

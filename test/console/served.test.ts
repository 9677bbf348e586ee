import { gzipSync } from 'node:zlib';
import { tokenAuthenticator } from '../../src/http/auth/authenticator';
import type { Client } from '../http/client';
import { Edge } from '../http/edgeHarness';

const ADMIN = { authorization: `Basic ${Buffer.from('me:admin-token').toString('base64')}` };
const BYTES_MAX = 120_000;

describe('the files of the console', () => {
  let edge: Edge;
  let client: Client;

  beforeAll(async () => {
    edge = new Edge();
    client = await edge.start();
  });

  afterAll(() => edge.stop());

  const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    fetch(client.url + path, { method, headers: { ...ADMIN, ...headers }, redirect: 'manual' });

  /** The page and all that it leads to, by path. */
  async function all(): Promise<Map<string, string>> {
    const files = new Map<string, string>();
    const open = ['/console'];
    for (let path = open.pop(); path !== undefined; path = open.pop()) {
      if (files.has(path)) continue;
      const response = await get(path);
      expect(`${path} ${response.status}`).toBe(`${path} 200`);
      const text = await response.text();
      files.set(path, text);
      const here = new URL(path, 'http://console');
      const isPage = response.headers.get('content-type')?.startsWith('text/html') ?? false;
      const named = isPage ? [...text.matchAll(/"(\/console\/[^"]+)"/g)] : [...text.matchAll(/from ?"?'?(\.[^'"]+)/g)];
      open.push(...named.map(([, to = '']) => new URL(to, here).pathname));
    }
    return files;
  }

  it('come in under 120 kB, compressed, all together', async () => {
    const files = await all();
    expect([...files.keys()]).toEqual(expect.arrayContaining(['/console/pages/transfer.mjs', '/console/lib/uplot.js']));
    const bytes = [...files.values()].reduce((sum, text) => sum + gzipSync(text).length, 0);
    expect(bytes).toBeGreaterThan(30_000);
    expect(bytes).toBeLessThan(BYTES_MAX);
  });

  it('name nothing that is elsewhere', async () => {
    for (const [path, text] of await all()) {
      const addresses = [...text.matchAll(/https?:\/\/[^\s'"`)]+/g)].map(([address]) => address);
      const foreign = addresses.filter((address) => !address.startsWith('http://www.w3.org/'));
      // Comments of libraries name where they come from; no code fetches that.
      expect({ path, foreign: path.startsWith('/console/lib/') ? [] : foreign }).toEqual({ path, foreign: [] });
    }
  });

  it('may run no script and no style but what comes from here, and the map of imports', async () => {
    const policy = String((await get('/console')).headers.get('content-security-policy'));
    expect(policy).not.toContain('unsafe');
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toMatch(/script-src 'self' 'sha256-[\w+/]{43}=';/);
    expect(policy).toContain("style-src 'self'");
  });

  it('are sent once, and then only asked about', async () => {
    const first = await get('/console/main.mjs', { 'accept-encoding': 'gzip' });
    expect(first.headers.get('content-encoding')).toBe('gzip');
    expect(first.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    const again = await get('/console/main.mjs', { 'if-none-match': String(first.headers.get('etag')) });
    expect(again.status).toBe(304);
    const head = await get('/console/main.mjs', {}, 'HEAD');
    expect([head.status, (await head.text()).length]).toEqual([200, 0]);
  });

  it('go out uncompressed to who asks for that', async () => {
    const plain = await get('/console', { 'accept-encoding': 'identity' });
    expect(plain.headers.get('content-encoding')).toBeNull();
    expect(await plain.text()).toContain('<div id="app">');
  });

  it('are asked for by an admin, who logs in with a browser', async () => {
    const asked = await fetch(`${client.url}/console`);
    expect(asked.status).toBe(401);
    expect(asked.headers.get('www-authenticate')).toMatch(/^Basic /);
    expect((await client.as('alice-token').get('/console')).status).toBe(403);
    expect((await client.as('admin-token').get('/console')).status).toBe(200);
  });

  it('are no more than those, and are only read', async () => {
    const missing = await get('/console/../package.json');
    expect(missing.status).toBe(404);
    expect((await get('/console/nothing.mjs')).status).toBe(404);
    const posted = await get('/console', {}, 'POST');
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  it('have one address for the page, so that the password goes with all that it asks for', async () => {
    const response = await get('/console/');
    expect([response.status, response.headers.get('location')]).toEqual([302, '/console']);
  });

  it('say whether the service is open to every caller', async () => {
    expect(await (await get('/console')).text()).toContain('data-open="true"');
    const closed = new Edge({ authenticator: await tokenAuthenticator({ tokens: 'admin-token=root:admin' }) });
    const { url } = await closed.start();
    expect(await (await fetch(`${url}/console`, { headers: ADMIN })).text()).toContain('data-open="false"');
    await closed.stop();
  });
});

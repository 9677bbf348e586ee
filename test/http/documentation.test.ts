import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigSchema } from '../../src/config';
import { STATUS_OF } from '../../src/http/answers/errors';
import type { Client } from './client';
import { Edge } from './edgeHarness';

describe('what the service tells of itself', () => {
  const edge = new Edge();
  let client: Client;

  beforeAll(async () => {
    client = await edge.start();
  });

  afterAll(() => edge.stop());

  it('lists every route at its root', async () => {
    const { body } = await client.get('/');
    expect(body).toMatchObject({ name: 'tandem', version: '0.0.0' });
    expect(body['links']).toContainEqual({ method: 'POST', path: '/account/{id}/deposit/{amount}' });
    expect(body['links']).toContainEqual({ method: 'GET', path: '/' });
  });

  it('documents the routes that it lists, and no others', async () => {
    const links = (await client.get('/')).body['links'] as { method: string; path: string }[];
    const { body } = await client.get('/openapi.json');
    const documented = Object.entries(body['paths'] as Record<string, object>).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(documented.toSorted()).toEqual(links.map(({ method, path }) => `${method} ${path}`).toSorted());
    expect(body['openapi']).toBe('3.1.0');
  });

  it('has no reference that leads nowhere', async () => {
    const { body } = await client.get('/openapi.json');
    const text = JSON.stringify(body);
    const names = Object.keys((body['components'] as { schemas: object }).schemas);
    const references = [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name);
    expect(references.length).toBeGreaterThan(10);
    expect(references.filter((name) => name === undefined || !names.includes(name))).toEqual([]);
    expect(text).not.toContain('$defs');
  });

  it('documents amounts as integers with their bounds', async () => {
    const { body } = await client.get('/openapi.json');
    const { schemas } = body['components'] as { schemas: Record<string, { properties: Record<string, unknown> }> };
    expect(schemas['NewTransfer']?.properties['amount']).toMatchObject({
      type: 'integer',
      minimum: 1,
      maximum: 9_007_199_254_740_991,
    });
  });

  it('shows all of it as a page that loads nothing', async () => {
    const { headers, body } = await client.get('/docs');
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    const page = String(body['text']);
    expect(page).toContain('/account/{id}/deposit/{amount}');
    expect([...page.matchAll(/<script|src=|@import|url\(/g)]).toEqual([]);
    const links = [...page.matchAll(/href="([^"]*)"/g)].map(([, link]) => String(link));
    expect(links.length).toBeGreaterThan(10);
    expect(links.filter((link) => !/^[/#]/.test(link))).toEqual([]);
  });

  it.each([
    ['nothing that it says', undefined, 'application/json; charset=utf-8'],
    ['anything', '*/*', 'application/json; charset=utf-8'],
    ['JSON', 'application/json', 'application/json; charset=utf-8'],
    ['what browsers do', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'text/html; charset=utf-8'],
    ['neither', 'image/png', 'application/json; charset=utf-8'],
  ])('answers its root to a client that accepts %s', async (_what, accept, contentType) => {
    const { status, headers } = await client.get('/', accept === undefined ? {} : { headers: { accept } });
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe(contentType);
    expect(headers.get('vary')).toBe('Accept');
  });

  it('shows its root as a page with links to what a browser can open', async () => {
    const { headers, body } = await client.get('/', { headers: { accept: 'text/html' } });
    expect(headers.get('content-security-policy')).toContain("style-src 'unsafe-inline'");
    const links = [...String(body['text']).matchAll(/href="([^"]*)"/g)].map(([, link]) => link);
    expect(links).toEqual(expect.arrayContaining(['/docs', '/openapi.json', '/health/ready', '/transfers']));
    expect(links.filter((link) => link?.includes('{'))).toEqual([]);
  });

  it('has a line on the map for every kind of refusal, with its status', () => {
    const map = readFileSync(join(__dirname, '../../src/README.md'), 'utf8');
    for (const [kind, status] of Object.entries(STATUS_OF)) expect(map).toContain(`| \`${kind}\` | ${status} | `);
  });

  it('has words for every variable it is configured with', () => {
    for (const field of Object.values(ConfigSchema.shape)) expect(field.description).toEqual(expect.any(String));
  });
});

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { tokenAuthenticator } from '../../src/http/auth/authenticator';
import { Edge } from './edgeHarness';
import { WholeService } from './serviceHarness';

const run = promisify(execFile);

/** The lines for the shell that the page has, by the operation that they are for. */
async function curlsOf(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Map<string, string>> {
  const page = await (await fetch(`${url}/docs`, { headers })).text();
  const found = page.matchAll(/<details id="(\w+)">(?:(?!<\/details>).)*?<pre class="curl">([^<]*)<\/pre>/gs);
  return new Map([...found].map(([, name = '', line = '']) => [name, unescaped(line)]));
}

function unescaped(html: string): string {
  return html
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}

describe('the lines for the shell on the page', () => {
  let service: WholeService;

  beforeAll(async () => {
    service = await WholeService.start();
  });

  afterAll(() => service.stop());

  it('are there for each operation, and are answered as it is documented when they are copied', async () => {
    const { url } = service.client;
    const curls = await curlsOf(url);
    const operations = Object.values(
      ((await (await fetch(`${url}/openapi.json`)).json()) as { paths: Record<string, Record<string, Documented>> })
        .paths,
    ).flatMap((methods) => Object.values(methods));
    expect([...curls.keys()].toSorted()).toEqual(operations.map(({ operationId }) => operationId).toSorted());
    // Accounts first, so that there is something to move.
    const inOrder = [...curls].toSorted(([a], [b]) => Number(b === 'openAccount') - Number(a === 'openAccount'));
    const bad = [];
    for (const [name, line] of inOrder) {
      const { stdout: told } = await run('sh', ['-c', `${line} -s -m 20 -w '\\n%{http_code}'`]);
      const status = told.slice(told.lastIndexOf('\n') + 1);
      const isDocumented = operations.some(({ operationId, responses }) => operationId === name && status in responses);
      if (!isDocumented || MISUSED.has(status) || told.includes('"code":"not-found"')) bad.push({ name, line, told });
    }
    expect(bad).toEqual([]);
  });

  it('call the service at the address that the page was asked for at, and no other text', async () => {
    const { port } = new URL(service.client.url);
    const curls = await curlsOf(`http://localhost:${port}`);
    expect(curls.get('getBalance')).toBe(`curl 'http://localhost:${port}/account/alice/balance'`);
    const secure = await curlsOf(service.client.url, { 'x-forwarded-proto': 'https' });
    expect(secure.get('live')).toBe(`curl 'https://127.0.0.1:${port}/health/live'`);
  });

  it('take a token from the environment where one is needed', async () => {
    const edge = new Edge({ authenticator: await tokenAuthenticator({ tokens: 'alice-token=alice' }) });
    const { url } = await edge.start();
    const curls = await curlsOf(url);
    await edge.stop();
    expect(curls.get('getBalance')).toBe(`curl -H "Authorization: Bearer $TOKEN" '${url}/account/alice/balance'`);
    expect(curls.get('live')).toBe(`curl '${url}/health/live'`);
  });
});

interface Documented {
  readonly operationId: string;
  readonly responses: Readonly<Record<string, unknown>>;
}

/** Statuses that say that the line is wrong, not that there is nothing to find. */
const MISUSED = new Set(['400', '401', '403', '405', '415']);

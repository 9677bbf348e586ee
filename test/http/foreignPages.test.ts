import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { launch, withBrowser } from './chromium';
import { WholeService } from './serviceHarness';

/** Names that all lead to this machine, as an attacker's name server would have it. */
const NAMES = ['evil.example', 'tandem.test', 'app.example'];

const MOVE = '/account/alice/transfer/to/bob/7';

/** A page of another origin: on another port, which is another origin on every name. */
async function startSite(): Promise<{ server: Server; port: number }> {
  const server = createServer((_request, response) => {
    response.setHeader('Content-Type', 'text/html');
    response.end('<!doctype html><title>elsewhere</title><p>A page that means no good.');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return { server, port: (server.address() as AddressInfo).port };
}

withBrowser('a page of another origin, in a real browser', () => {
  let site: { server: Server; port: number };
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let service: WholeService;
  let port: string;

  beforeAll(async () => {
    site = await startSite();
    browser = await launch(`--host-resolver-rules=${NAMES.map((name) => `MAP ${name} 127.0.0.1`).join(',')}`);
  });

  afterAll(async () => {
    await browser.close();
    site.server.closeAllConnections();
    site.server.close();
  });

  async function start(env: Readonly<Record<string, string>>): Promise<void> {
    service = await WholeService.start(env);
    port = new URL(service.client.url).port;
    const client = service.client.as('admin-token');
    for (const id of ['alice', 'bob']) await client.post(`/account/${id}`);
    await client.post('/account/alice/deposit/100');
  }

  /** Opens a page, with the password of the dashboard as a browser that logged in there keeps it. */
  async function openAt(url: string): Promise<void> {
    context = await browser.newContext({
      httpCredentials: { username: 'me', password: 'admin-token' },
      bypassCSP: true,
    });
    page = await context.newPage();
    await page.goto(url, { waitUntil: 'load' });
  }

  afterEach(async () => {
    await context.close();
    await service.stop();
  });

  /** Resolves when the browser has an answer, whether it lets the page read it or not. As text: it runs in the page. */
  const fetchFromPage = (target: string, method: string, mode: 'no-cors' | 'cors') =>
    page.evaluate<number>(
      `fetch(${JSON.stringify(target)}, ${JSON.stringify({ method, mode, credentials: 'include' })})
         .then(({ status }) => status, () => 0)`,
    );

  /** Resolves with the status of the page that the form leads to. */
  async function postForm(target: string): Promise<number> {
    const submit = `{
      const form = document.createElement('form');
      form.method = 'post';
      form.action = ${JSON.stringify(target)};
      document.body.append(form);
      form.submit();
    }`;
    const [response] = await Promise.all([
      page.waitForResponse((answered) => answered.url() === target),
      page.evaluate(submit),
    ]);
    await page.waitForURL(target);
    return response.status();
  }

  /** Requests that came to the service and were refused before any route: what the browser held back is not among them. */
  async function refusals(): Promise<number> {
    const { body } = await service.client.as('admin-token').get('/metrics');
    const counted = /^tandem_http_requests_total\{method="POST",route="none",status="403"\} (\d+)$/m;
    return Number(counted.exec(String(body['text']))?.[1] ?? 0);
  }

  const balance = async () => (await service.client.as('admin-token').get('/account/alice/balance')).body['balance'];

  it.each(['127.0.0.1', 'localhost', 'evil.example'])(
    'moves no money from %s, by a fetch or by a form',
    async (name) => {
      await start({});
      await openAt(`http://${name}:${site.port}/`);
      const target = `http://127.0.0.1:${port}${MOVE}`;
      await fetchFromPage(target, 'POST', 'no-cors');
      await fetchFromPage(target, 'POST', 'cors');
      expect(await refusals()).toBe(2);
      expect(await postForm(target)).toBe(403);
      expect(await page.textContent('body')).toContain('"code":"foreign-origin"');
      expect(await balance()).toBe(100);
    },
    240_000,
  );

  it('moves none through a name of its own that comes to lead here', async () => {
    await start({});
    const own = `http://evil.example:${port}`;
    await openAt(`${own}/`);
    expect(await page.textContent('body')).toContain('"code":"foreign-origin"');
    // The attacker's own page has this origin and no policy; it came before the name led here.
    expect(await fetchFromPage(`${own}${MOVE}`, 'POST', 'cors')).toBe(403);
    expect(await fetchFromPage(`${own}/account/alice/balance`, 'GET', 'cors')).toBe(403);
    expect(await balance()).toBe(100);
  });

  it('does nothing on the dashboard of an admin who is logged in, over plain HTTP on a name, where browsers say less', async () => {
    await start({ AUTH_TOKENS: 'admin-token=root:admin' });
    await openAt(`http://tandem.test:${port}/admin/queues`);
    const pause = `http://tandem.test:${port}/admin/queues/api/queues/coordinator/pause`;
    const resume = pause.replace('pause', 'resume');
    const sent = page.waitForRequest(pause);
    expect(await fetchFromPage(pause, 'PUT', 'cors')).toBe(200);
    expect(await fetchFromPage(resume, 'PUT', 'cors')).toBe(200);
    // What makes this case another one: of where it comes from, the browser says the origin and nothing else.
    expect((await (await sent).allHeaders())['sec-fetch-site']).toBeUndefined();
    await page.goto(`http://evil.example:${site.port}/`);
    expect(await postForm(pause.replace('pause', 'add'))).toBe(403);
    expect(await page.textContent('body')).toContain('"code":"foreign-origin"');
  });

  it('may, when its origin is allowed on purpose', async () => {
    await start({ ALLOWED_ORIGINS: `http://app.example:${site.port}`, ALLOWED_HOSTS: 'tandem.test' });
    await openAt(`http://app.example:${site.port}/`);
    const target = `http://tandem.test:${port}${MOVE}`;
    await fetchFromPage(target, 'POST', 'no-cors');
    expect(await refusals()).toBe(0);
    expect(await balance()).toBe(93);
  });
});

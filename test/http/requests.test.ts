import { Agent, request as httpRequest } from 'node:http';
import { DEFAULT_LIMITS } from '../../src/http/deps';
import { Edge } from './edgeHarness';
import { raw } from './rawRequest';
import { until } from './until';

describe('requests and connections', () => {
  let edge: Edge;

  beforeEach(() => {
    edge = new Edge();
  });

  afterEach(() => edge.stop());

  it('gives every answer a request id, takes over a sane one, and logs it', async () => {
    const client = await edge.start();
    const made = await client.get('/nothing');
    expect(made.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(made.body['instance']).toBe(made.headers.get('x-request-id'));
    const taken = await client.get('/account/x/balance', { headers: { 'x-request-id': 'mine-1' } });
    expect(taken.body['instance']).toBe('mine-1');
    const forged = await client.get('/health/live', { headers: { 'x-request-id': 'a b"}' } });
    expect(forged.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(edge.lines()).toContainEqual(
      expect.objectContaining({ requestId: 'mine-1', status: 404, code: 'account-not-found', msg: 'request answered' }),
    );
  });

  it('logs which transaction a request was about', async () => {
    const client = await edge.start();
    edge.seed('a', 5n);
    edge.seed('b', 0n);
    const { body, headers } = await client.post('/account/a/transfer/to/b/5');
    expect(edge.lines()).toContainEqual(
      expect.objectContaining({ requestId: headers.get('x-request-id'), transactionId: body['id'] }),
    );
  });

  it('turns away what is too much at once, but not who asks for its health', async () => {
    const busy = new Edge({ limits: { ...DEFAULT_LIMITS, requestsInFlightMax: 1 } });
    const client = await busy.start();
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    busy.journal.before = () => held;
    const first = client.get('/account/a/balance');
    await until(() => busy.journal.calls.length > 0);
    const second = await client.get('/account/a/balance');
    expect(second).toMatchObject({ status: 503, body: { code: 'overloaded' } });
    expect(second.headers.get('retry-after')).toBe('1');
    expect(second.headers.get('content-type')).toBe('application/problem+json');
    expect(second.headers.get('cache-control')).toBe('no-store');
    expect(second.headers.get('x-request-id')).toBe(second.body['instance']);
    expect((await client.get('/health/ready')).status).toBe(200);
    release();
    expect((await first).status).toBe(404);
    expect((await client.get('/account/a/balance')).status).toBe(404);
    await busy.stop();
  });

  it('answers a request whose headers come too slowly, and goes on', async () => {
    const client = await edge.start({ headersTimeoutMs: 200, requestTimeoutMs: 400 });
    const slow = await raw(client.url, 'GET /health/live HTTP/1.1\r\nHost: x\r\nX-Slow: ');
    expect(slow).toMatch(/^HTTP\/1\.1 408 /);
    expect(slow).toContain('"code":"request-timed-out"');
    expect((await client.get('/health/live')).status).toBe(200);
  });

  it('answers what is no HTTP', async () => {
    const client = await edge.start();
    const answer = await raw(client.url, 'NONSENSE\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('"code":"invalid-request"');
  });

  it('aborts nothing when the client hangs up', async () => {
    const client = await edge.start();
    edge.seed('a', 5n);
    edge.seed('b', 0n);
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    edge.journal.before = ({ kind }) => (kind === 'append' ? held : Promise.resolve());
    const { hostname, port } = new URL(client.url);
    const call = httpRequest({ hostname, port, method: 'POST', path: '/account/a/transfer/to/b/5', agent: false });
    call.on('error', () => undefined);
    call.end();
    await until(() => edge.journal.appends().length > 0);
    call.destroy();
    release();
    await until(() => edge.account('b').balance > 0n);
    expect(edge.account('a').balance).toBe(0n);
  });

  it('stops without a reset: every request in flight is answered, and told that the connection closes', async () => {
    const client = await edge.start();
    const { hostname, port } = new URL(client.url);
    const call = (agent: Agent) =>
      new Promise<string>((resolve) => {
        const sent = httpRequest({ hostname, port, path: '/account/a/balance', agent }, (response) => {
          response.resume();
          response.on('end', () => resolve(`${response.statusCode} ${response.headers.connection}`));
        });
        sent.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'));
        sent.end();
      });
    const clients = Array.from({ length: 8 }, (): string[] => []);
    const loops = clients.map(async (outcomes) => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      while (outcomes.at(-1) === undefined || outcomes.at(-1) === '404 keep-alive') outcomes.push(await call(agent));
      agent.destroy();
    });
    await until(() => clients.every((outcomes) => outcomes.length > 3));
    const stopped = edge.stop();
    await Promise.all(loops);
    for (const outcomes of clients) expect(outcomes.at(-1)).toBe('404 close');
    await stopped;
  });

  it('is not ready from the moment it drains', async () => {
    const client = await edge.start();
    expect(await client.get('/health/ready')).toMatchObject({ status: 200, body: { status: 'ready' } });
    edge.draining.begin();
    expect(await client.get('/health/ready')).toMatchObject({ status: 503, body: { status: 'draining' } });
    expect((await client.get('/health/live')).status).toBe(200);
  });

  it('cuts off what does not end within the grace', async () => {
    const client = await edge.start();
    edge.journal.before = () => new Promise(() => undefined);
    const hanging = client.get('/account/a/balance').catch(() => 'cut off');
    await until(() => edge.journal.calls.length > 0);
    await edge.stop(200);
    expect(await hanging).toBe('cut off');
  });
});

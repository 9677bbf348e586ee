import type { Client } from './client';
import { Edge } from './edgeHarness';

const PLACE = 'must be the cursor of an event or of a page of events, or oldest';

describe('input that is not valid', () => {
  const edge = new Edge();
  let client: Client;

  beforeAll(async () => {
    client = await edge.start();
    edge.seed('a', 100n);
    edge.seed('b', 0n);
  });

  afterAll(() => edge.stop());

  afterEach(() => {
    expect(edge.account('a').balance).toBe(100n);
    expect(edge.account('b').balance).toBe(0n);
    expect(edge.journal.appends()).toHaveLength(0);
  });

  const notAmounts = ['0', '-1', '1.5', '9007199254740992', 'abc', '1e3', '%20', '0x10', '+5', '5%00', '9'.repeat(60)];
  const moves = ['/account/a/deposit/', '/account/a/withdraw/', '/account/a/transfer/to/b/'];

  it.each(moves.flatMap((path) => notAmounts.map((amount) => path + amount)))('refuses %s', async (path) => {
    const reply = await client.post(path);
    expect(reply).toMatchObject({ status: 400, body: { code: 'invalid-request', status: 400 } });
    expect(reply.body['errors']).toEqual([expect.objectContaining({ in: 'path', path: 'amount' })]);
    expect(reply.headers.get('content-type')).toBe('application/problem+json');
  });

  it.each(['a'.repeat(65), '.a', '-a', 'a%2Fb', 'a%20b', '%C3%A9', 'a%00', "a'--", '%2e%2e%2fetc'])(
    'refuses the account id %s',
    async (id) => {
      for (const path of [`/account/${id}/deposit/1`, `/account/${id}`, `/account/a/transfer/to/${id}/1`]) {
        expect(await client.post(path)).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
      }
      expect(await client.get(`/account/${id}/balance`)).toMatchObject({ status: 400 });
    },
  );

  it('refuses a path whose escapes mean nothing', async () => {
    expect(await client.get('/account/%zz/balance')).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
  });

  const good = { origin: 'a', destination: 'b', amount: 5 };

  it.each([
    [{ ...good, amount: 0 }, 'amount'],
    [{ ...good, amount: -1 }, 'amount'],
    [{ ...good, amount: 1.5 }, 'amount'],
    [{ ...good, amount: 2 ** 53 }, 'amount'],
    [{ ...good, amount: '5' }, 'amount'],
    [{ ...good, amount: null }, 'amount'],
    [{ origin: 'a', destination: 'b' }, 'amount'],
    [{ ...good, origin: 'a'.repeat(65) }, 'origin'],
    [{ ...good, destination: 7 }, 'destination'],
    [{ ...good, timeoutMs: 0 }, 'timeoutMs'],
    [{ ...good, timeoutMs: 600_001 }, 'timeoutMs'],
    [{ ...good, timeoutMs: 1.5 }, 'timeoutMs'],
    [{ ...good, metadata: 'text' }, 'metadata'],
    [{ ...good, metadata: [1] }, 'metadata'],
    [{ ...good, metadata: { big: 'x'.repeat(4096) } }, 'metadata'],
    [{ ...good, metadata: { nul: 'a\0b' } }, 'metadata'],
    [{ ...good, metadata: { half: '\ud800' } }, 'metadata'],
    [{ ...good, metadata: { a: { b: { c: { d: { e: { f: { g: { h: { i: 1 } } } } } } } } } }, 'metadata'],
    [{ ...good, amonut: 5 }, 'amonut'],
    [[good], ''],
  ])('refuses the body %j', async (body, path) => {
    const reply = await client.post('/transfers', { body });
    expect(reply).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
    expect(reply.body['errors']).toEqual([expect.objectContaining({ in: 'body', path })]);
  });

  it('names everything that is wrong at once', async () => {
    const { body } = await client.post('/transfers', { body: { origin: '', destination: '', amount: 0 } });
    const paths = (body['errors'] as { path: string }[]).map(({ path }) => path);
    expect(paths.toSorted()).toEqual(['amount', 'destination', 'origin']);
  });

  it.each(['{', '', 'null', '"text"', '{"a":1}}', '[[[['])('refuses broken JSON: %s', async (body) => {
    expect(await client.post('/transfers', { body })).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
  });

  it.each([
    ['{"origin":"a","destination":"b","amount":1,"amount":5}', 'amount', 'must be given once'],
    ['{"origin":"a","destination":"b","amount":5,"metadata":{"k":1,"k":1}}', 'metadata.k', 'must be given once'],
    ['{"origin":"a","destination":"b","amount":5.00000000000000000001}', 'amount', 'cannot be kept exactly'],
    [
      '{"origin":"a","destination":"b","amount":5,"metadata":{"n":12345678901234567890}}',
      'metadata.n',
      'cannot be kept',
    ],
    ['{"origin":"a","destination":"b","amount":5,"metadata":{"n":1e400}}', 'metadata.n', 'cannot be kept exactly'],
    [
      '{"origin":"a","destination":"b","amount":5,"metadata":{"__proto__":{"x":1}}}',
      'metadata.__proto__',
      'is not taken',
    ],
    [
      '{"origin":"a","destination":"b","amount":5,"metadata":{"x":[{"__proto__":1}]}}',
      'metadata.x.0.__proto__',
      'is not',
    ],
  ])('refuses what it could not keep as it is: %s', async (body, path, message) => {
    for (const call of ['/transfers', '/account/a/transfer/to/b/5']) {
      const reply = await client.post(call, { body, headers: { 'idempotency-key': 'k' } });
      expect(reply).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
      expect(reply.body['errors']).toEqual([{ in: 'body', path, message: expect.stringContaining(message) }]);
    }
  });

  it.each(['/account/a/close', '/account/nothing/close'])('refuses a body that it would not read: %s', async (path) => {
    const refusal = { in: 'body', path: '', message: 'must not be there: this path takes no body' };
    for (const body of [{}, { amount: 7 }, 'no JSON']) {
      const reply = await client.post(path, { body });
      expect(reply).toMatchObject({ status: 400, body: { errors: [refusal] } });
    }
    const chunked = { method: 'POST', body: new Blob(['{"amount":7}']).stream(), duplex: 'half' } as const;
    expect((await fetch(client.url + path, chunked)).status).toBe(400);
  });

  it.each([
    [{ timeoutMs: 0 }, 'timeoutMs', 'must be at least 1'],
    [{ timeoutMs: 'x' }, 'timeoutMs', 'must be a number'],
    [{ metadata: 'x' }, 'metadata', 'must be an object'],
    [{ metdata: {} }, 'metdata', 'is not known; did you mean metadata?'],
    [{ amount: 5 }, 'amount', 'is not known; known are timeoutMs, metadata'],
  ])('refuses what does not fit beside a transfer in the path: %j', async (body, path, message) => {
    const reply = await client.post('/account/a/transfer/to/b/5', { body });
    expect(reply).toMatchObject({ status: 400, body: { errors: [{ in: 'body', path, message }] } });
  });

  it.each([
    ['/transfers?acount=ann', 'acount', 'is not known; did you mean account?'],
    ['/transfers?Status=committed', 'Status', 'is not known; did you mean status?'],
    ['/transfers?q=1', 'q', 'is not known; known are status, account, from, to, limit, cursor, metadata.KEY'],
    ['/transfers?__proto__=1', '__proto__', 'is not known; known are status, account, from, to, limit, cursor'],
    ['/account/a/balance?limit=5', 'limit', 'is not known; known are at'],
    ['/transfers?limit=1&limit=2', 'limit', 'must be given once'],
    [
      '/transfers?status=done',
      'status',
      'must be one of preparing, authorized, committing, committed, aborting, aborted, failed',
    ],
    [`/transfers?metadata.k=${'x'.repeat(1001)}`, 'metadata.k', 'must be at most 1000 characters long'],
    ['/transfers?metadata.k=1&metadata.k=2', 'metadata.k', 'must be given once'],
    ['/transfers?account=-', 'account', 'must be 1 to 64 letters, digits or ._:- and start with a letter or digit'],
    ...['0', '201', '1001', '-1', 'x', '1.5', '9'.repeat(400), ''].map((limit) => [
      `/transfers?limit=${limit}`,
      'limit',
      'must be an integer from 1 to 200',
    ]),
  ])('refuses the query of %s', async (path = '', name, message) => {
    const reply = await client.get(path);
    expect(reply).toMatchObject({ status: 400, body: { errors: [{ in: 'query', path: name, message }] } });
  });

  it('refuses an unknown parameter on every route, before anything is done', async () => {
    const links = (await client.get('/')).body['links'] as { method: string; path: string }[];
    // The dashboard and the console have parameters of their own, which are their own matter.
    const isPages = ({ path }: { path: string }): boolean => ['/admin/queues', '/console'].includes(path);
    for (const { method, path } of links.filter((link) => !isPages(link))) {
      const concrete = path
        .replace('transfers/{id}', 'transfers/01900000-0000-7000-8000-000000000000')
        .replace('{destination}', 'b')
        .replace('{amount}', '5')
        .replaceAll(/\{\w+\}/g, 'a');
      const token = /^\/(wallet|admin|metrics|webhooks)/.test(path) ? 'admin-token' : undefined;
      const reply = await (token === undefined ? client : client.as(token)).call(method, `${concrete}?unknwon=1`);
      expect(`${path} ${reply.status}`).toBe(`${path} 400`);
      expect(reply.body['errors']).toContainEqual(expect.objectContaining({ in: 'query', path: 'unknwon' }));
    }
  });

  it.each([
    ['origin', 'destination', 'amount'],
    ['amount', 'origin', 'destination'],
  ])('says of %s that it is required', async (missing) => {
    const body = Object.fromEntries(Object.entries(good).filter(([name]) => name !== missing));
    const reply = await client.post('/transfers', { body });
    expect(reply.body['errors']).toEqual([{ in: 'body', path: missing, message: 'is required' }]);
  });

  it('says what kind of thing it wants', async () => {
    const { body } = await client.post('/transfers', {
      body: { origin: 1, destination: null, amount: 'x', timeoutMs: 1.5, metadata: [] },
    });
    expect(body['errors']).toEqual([
      { in: 'body', path: 'origin', message: 'must be a string' },
      { in: 'body', path: 'destination', message: 'must be a string' },
      { in: 'body', path: 'amount', message: 'must be a number' },
      { in: 'body', path: 'timeoutMs', message: 'must be an integer' },
      { in: 'body', path: 'metadata', message: 'must be an object' },
    ]);
    expect((await client.get('/transfers?from=yesterday')).body['errors']).toEqual([
      { in: 'query', path: 'from', message: 'must be an instant such as 2026-11-21T22:00:00Z' },
    ]);
  });

  it.each([
    ['/account/new', { overdraftLimit: 2 ** 53 }, 'overdraftLimit', 'must be at most 9007199254740991'],
    ['/account/new', { overdraftLimit: -(2 ** 53) }, 'overdraftLimit', 'must be at least 0'],
    ['/account/new', { overdraftLimit: 1.5 }, 'overdraftLimit', 'must be an integer in minor units'],
    ['/account/new', { overdraftLimit: '5' }, 'overdraftLimit', 'must be an integer in minor units'],
    ['/transfers', { ...good, timeoutMs: 2 ** 53 }, 'timeoutMs', 'must be at most 600000'],
    ['/transfers', { postings: 'x'.repeat(101) }, 'postings', 'must be a list'],
    ['/transfers/batch', { transfers: 'x'.repeat(1001) }, 'transfers', 'must be a list'],
    ['/transfers/batch', { transfers: '' }, 'transfers', 'must be a list'],
    ['/webhooks', { url: 'https://example.com', types: 'account.opened' }, 'types', 'must be a list'],
    ['/webhooks/01900000-0000-7000-8000-000000000000/replay', { after: 'latest' }, 'after', PLACE],
    ['/webhooks/01900000-0000-7000-8000-000000000000/replay', { after: 'x'.repeat(61) }, 'after', PLACE],
  ])('says the one thing that is wrong: %s %j', async (path, body, name, message) => {
    const reply = await client.as('admin-token').post(path, { body });
    expect(reply).toMatchObject({ status: 400, body: { errors: [{ in: 'body', path: name, message }] } });
  });

  it.each(['latest', 'nonsense', 'x'.repeat(61)])('refuses to go on after the event %s', async (id) => {
    const { body } = await client.get('/events', { headers: { 'last-event-id': id } });
    expect(body['errors']).toEqual([{ in: 'header', path: 'Last-Event-ID', message: PLACE }]);
  });

  it('says of a captured amount what its bounds are', async () => {
    const path = '/transfers/01900000-0000-7000-8000-000000000000/capture';
    const postings = [-1, 2 ** 53, 0.5].map((amount, index) => ({ index, amount }));
    expect((await client.post(path, { body: { postings } })).body['errors']).toEqual([
      { in: 'body', path: 'postings.0.amount', message: 'must be at least 0' },
      { in: 'body', path: 'postings.1.amount', message: 'must be at most 9007199254740991' },
      { in: 'body', path: 'postings.2.amount', message: 'must be an integer in minor units' },
    ]);
  });

  it('survives a body of nothing but brackets', async () => {
    const body = `{"origin":"a","destination":"b","amount":1,"metadata":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_001)}`;
    expect(await client.post('/transfers', { body })).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
  });

  it('refuses a body that is not UTF-8', async () => {
    const response = await fetch(`${client.url}/transfers`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: Buffer.from([0x22, 0xff, 0x22]),
    });
    expect(response.status).toBe(400);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp', 'application/json; charset=latin1'])(
    'refuses the content type %s',
    async (type) => {
      const reply = await client.post('/transfers', { body: JSON.stringify(good), headers: { 'content-type': type } });
      expect(reply).toMatchObject({ status: 415, body: { code: 'unsupported-media-type' } });
    },
  );

  it('refuses a compressed body', async () => {
    const reply = await client.post('/transfers', { body: good, headers: { 'content-encoding': 'gzip' } });
    expect(reply.status).toBe(415);
  });

  it.each([64 * 1024 + 1, 10_000_000])('refuses a body of %i bytes', async (bytes) => {
    const body = JSON.stringify({ ...good, metadata: { x: 'x'.repeat(bytes) } });
    expect(await client.post('/transfers', { body })).toMatchObject({
      status: 413,
      body: { code: 'payload-too-large' },
    });
  });

  it('counts a body that does not say how long it is', async () => {
    const chunk = new TextEncoder().encode('x'.repeat(10_000));
    let left = 20;
    const body = new ReadableStream({
      pull(controller) {
        if (left === 0) controller.close();
        else controller.enqueue(chunk);
        left -= 1;
      },
    });
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body, duplex: 'half' } as const;
    expect((await fetch(`${client.url}/transfers`, init)).status).toBe(413);
  });

  it.each(['', 'ü', 'x'.repeat(256), 'a\tb'])('refuses the idempotency key %j', async (key) => {
    const reply = await client.post('/account/a/deposit/5', { headers: { 'idempotency-key': key } });
    expect(reply).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
    expect(reply.body['errors']).toEqual([expect.objectContaining({ in: 'header', path: 'Idempotency-Key' })]);
  });

  it.each(['/nothing', '/account', '/account/a/', '/account/a/deposit', '/Account/a', '/transfers/x/y/z', '//'])(
    'knows no path %s',
    async (path) => {
      expect(await client.call('DELETE', path)).toMatchObject({ status: 404, body: { code: 'not-found' } });
    },
  );

  it.each([
    ['PUT', '/account/a', 'POST, GET, HEAD, PATCH'],
    ['POST', '/account/a/balance', 'GET, HEAD'],
    ['GET', '/account/a/deposit/5', 'POST'],
    ['DELETE', '/transfers/01900000-0000-7000-8000-000000000000', 'GET, HEAD'],
    ['POST', '/health/live', 'GET, HEAD'],
  ])('answers %s %s with the methods that there are', async (method, path, allow) => {
    const reply = await client.call(method, path);
    expect(reply).toMatchObject({ status: 405, body: { code: 'method-not-allowed' } });
    expect(reply.headers.get('allow')).toBe(allow);
  });

  it.each(['x', '01900000', '../../etc', '01900000-0000-7000-8000-00000000000G'])(
    'refuses the transfer id %s',
    async (id) => {
      expect(await client.get(`/transfers/${encodeURIComponent(id)}`)).toMatchObject({ status: 400 });
    },
  );

  it('refuses headers that are too large', async () => {
    const reply = await client.get('/health/live', { headers: { 'x-large': 'x'.repeat(20_000) } });
    expect(reply).toMatchObject({ status: 431, body: { code: 'headers-too-large' } });
  });

  it('tells nothing of how it is made', async () => {
    const replies = [
      await client.post('/transfers', { body: '{' }),
      await client.get('/account/%zz/balance'),
      await client.get('/nothing'),
    ];
    for (const { body, headers } of replies) {
      expect(JSON.stringify(body)).not.toMatch(/[a-z]Error|at \/|node_modules|select |zod/);
      expect(headers.get('x-powered-by')).toBeNull();
    }
  });
});

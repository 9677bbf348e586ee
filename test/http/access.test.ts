import { tokenAuthenticator } from '../../src/http/auth/authenticator';
import type { Client } from './client';
import { Edge } from './edgeHarness';

const TOKENS = 'alice-token=alice,bobby-token=bob:owner,shop-token-x=shop:service,admin-token=root:admin';
const TRANSFER = '01900000-0000-7000-8000-000000000000';

const PUBLIC = { anonymous: 200, alice: 200, bob: 200, service: 200, admin: 200 };
/** Only alice's own, services' and admins'. */
const ALICES = { anonymous: 401, alice: 'ok', bob: 404, service: 'ok', admin: 'ok' } as const;

/** Money from outside, or to outside: no owner's to say. */
const FUNDS = { anonymous: 401, alice: 403, bob: 403, service: 'ok', admin: 'ok' } as const;
const SERVICES = { anonymous: 401, alice: 403, bob: 403, service: 'ok', admin: 'ok' } as const;
const WALLET = { anonymous: 401, alice: 'ok', bob: 'ok', service: 403, admin: 'ok' } as const;
const ADMIN = { anonymous: 401, alice: 403, bob: 403, service: 403, admin: 'ok' } as const;
/** Every caller with a token may; an owner for what is its own. */
const ANY_TOKEN = { anonymous: 401, alice: 'ok', bob: 'ok', service: 'ok', admin: 'ok' } as const;

/** What each caller may expect of each route; `ok` is anything but 401, 403 and a hiding 404. */
const RULES: Readonly<Record<string, Readonly<Record<keyof typeof PUBLIC, number | 'ok'>>>> = {
  'GET /': PUBLIC,
  'GET /health/live': PUBLIC,
  'GET /health/ready': PUBLIC,
  'GET /openapi.json': PUBLIC,
  'GET /docs': PUBLIC,
  'POST /account/{id}': ALICES,
  'GET /account/{id}/balance': ALICES,
  'POST /account/{id}/deposit/{amount}': FUNDS,
  'POST /account/{id}/withdraw/{amount}': FUNDS,
  'POST /account/{origin}/transfer/to/{destination}/{amount}': ALICES,
  'POST /transfers': ALICES,
  'GET /transfers': ANY_TOKEN,
  'GET /account/{id}/entries': ALICES,
  'GET /account/{id}/holds': ALICES,
  'GET /events': ANY_TOKEN,
  'GET /wallet/balance': WALLET,
  'POST /wallet/deposit': WALLET,
  'POST /wallet/withdraw': WALLET,
  'GET /wallet/ledger': WALLET,
  'GET /wallet/ledger/entries': WALLET,
  'POST /wallet/ledger/record': WALLET,
  'GET /admin/wallets': ADMIN,
  'GET /admin/transfers': ADMIN,
  'POST /admin/transfers/{id}/resume': ADMIN,
  'GET /admin/participants': ADMIN,
  'POST /admin/transfers/{id}/branches/{participant}/{branch}/settle': ADMIN,
  'POST /webhooks': ADMIN,
  'GET /webhooks': ADMIN,
  'GET /webhooks/{id}': ADMIN,
  'DELETE /webhooks/{id}': ADMIN,
  'POST /webhooks/{id}/rotate': ADMIN,
  'POST /webhooks/{id}/enable': ADMIN,
  'GET /webhooks/{id}/deliveries': ADMIN,
  'POST /webhooks/{id}/replay': ADMIN,
  'GET /admin/foreign-branches': ADMIN,
  'POST /admin/foreign-branches/{coordinator}/{transaction}/{branch}/settle': ADMIN,
  'GET /admin/queues': ADMIN,
  'GET /console': ADMIN,
  'GET /metrics': ADMIN,
  'GET /account/{id}': ALICES,
  'PATCH /account/{id}': FUNDS,
  'POST /account/{id}/close': FUNDS,
  'GET /accounts': SERVICES,
  'GET /idempotency-keys': SERVICES,
  'POST /transfers/batch': ANY_TOKEN,
  'POST /transfers/{id}/capture': ALICES,
  'POST /transfers/{id}/void': ALICES,
  'GET /transfers/{id}': ALICES,
  'POST /transfers/{id}/abort': ALICES,
};

const BODIES: Readonly<Record<string, object>> = {
  'POST /transfers': { origin: 'alice', destination: 'bob', amount: 1 },
};

const CALLERS = {
  anonymous: '',
  alice: 'alice-token',
  bob: 'bobby-token',
  service: 'shop-token-x',
  admin: 'admin-token',
};

test('where a caller without a token may deposit, an owner may too, on its own account', async () => {
  const edge = new Edge();
  const client = await edge.start();
  edge.seed('alice', 0n);
  edge.seed('bob', 0n);
  expect((await client.as('alice-token').post('/account/alice/deposit/5')).status).toBe(200);
  expect((await client.as('alice-token').post('/account/bob/deposit/5')).status).toBe(404);
  expect((await client.post('/account/bob/deposit/5')).status).toBe(200);
  await edge.stop();
});

describe('who may do what', () => {
  let edge: Edge;
  let client: Client;
  let transferId: string;
  let routes: { method: string; path: string }[];

  beforeAll(async () => {
    edge = new Edge({ authenticator: await tokenAuthenticator({ tokens: TOKENS }) });
    client = await edge.start();
    edge.seed('alice', 1000n);
    edge.seed('bob', 1000n);
    const { body } = await client.as('alice-token').post('/account/alice/transfer/to/bob/1');
    transferId = String(body['id']);
    routes = (await client.get('/')).body['links'] as typeof routes;
  });

  afterAll(() => edge.stop());

  /** A request for alice's things. */
  function call(by: Client, { method, path }: { method: string; path: string }) {
    const concrete = path
      .replace('transfers/{id}', `transfers/${transferId}`)
      .replace(/\{(id|origin)\}/, 'alice')
      .replace('{destination}', 'bob')
      .replace('{amount}', '1');
    const body = BODIES[`${method} ${path}`];
    return by.call(method, concrete, body ? { body } : {});
  }

  it('has a rule for every route that the running service lists', () => {
    expect(Object.keys(RULES).toSorted()).toEqual(routes.map(({ method, path }) => `${method} ${path}`).toSorted());
  });

  it.each(Object.keys(CALLERS) as (keyof typeof CALLERS)[])('holds %s to the rule of every route', async (caller) => {
    const token = CALLERS[caller];
    for (const route of routes) {
      const name = `${route.method} ${route.path}`;
      const expected = RULES[name]?.[caller];
      const { status, body } = await call(token === '' ? client : client.as(token), route);
      const seen = expected === 'ok' && ![401, 403, 404, 500].includes(status) ? 'ok' : status;
      expect(`${name} ${seen} ${(body as { code?: string }).code ?? ''}`).toMatch(`${name} ${String(expected)} `);
    }
  });

  it('asks for a token, and says so in the way that HTTP has for it', async () => {
    const { status, headers, body } = await client.get('/account/alice/balance');
    expect(status).toBe(401);
    expect(headers.get('www-authenticate')).toBe('Bearer');
    expect(body).toMatchObject({ code: 'unauthenticated', detail: expect.stringMatching(/^This needs a token/) });
  });

  it('says of a token that it refuses that it does, and why, and logs it without the token', async () => {
    const reply = await client.as('some-wrong-token').get('/account/alice/balance');
    expect(reply).toMatchObject({
      status: 401,
      body: { code: 'unauthenticated', detail: 'The token is not known here.' },
    });
    expect(reply.headers.get('www-authenticate')).toBe(
      'Bearer error="invalid_token", error_description="The token is not known here."',
    );
    const requestId = reply.body['instance'];
    const lines = edge.lines().filter((line) => line['requestId'] === requestId && line['level'] === 30);
    expect(lines).toEqual([
      expect.objectContaining({
        msg: 'token refused',
        why: 'The token is not known here.',
        route: '/account/{id}/balance',
      }),
    ]);
    expect(edge.logged.join('')).not.toContain('some-wrong-token');
  });

  it('says that what is no Bearer token is none', async () => {
    const reply = await client.get('/account/alice/balance', { headers: { authorization: 'Token abc' } });
    expect(reply.status).toBe(401);
    expect(reply.headers.get('www-authenticate')).toContain('error="invalid_token"');
    expect(reply.body['detail']).toContain('Bearer <token>');
  });

  it('lets no owner put money on its account or take it off, save in the wallet', async () => {
    const alice = client.as('alice-token');
    const before = edge.account('alice').balance;
    for (const path of ['/account/alice/deposit/5', '/account/alice/withdraw/5']) {
      expect(await alice.post(path)).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    }
    expect(edge.account('alice').balance).toBe(before);
    expect((await alice.post('/wallet/deposit', { body: { amountCents: 5 } })).status).toBe(200);
    expect((await client.as('shop-token-x').post('/account/alice/deposit/5')).status).toBe(200);
    expect(edge.account('alice').balance).toBe(before + 10n);
  });

  it.each(['wrong-token', 'alice-toke', 'alice-token2', 'alice', '', 'a b', 'x'.repeat(9000)])(
    'knows no caller by the token %.20s',
    async (token) => {
      expect((await client.as(token).get('/account/alice/balance')).status).toBe(401);
    },
  );

  it('does not read the body of an unknown caller', async () => {
    expect((await client.post('/transfers', { body: '{' })).status).toBe(401);
  });

  it('hides from an owner whether an account or a transfer of another owner exists', async () => {
    const bob = client.as('bobby-token');
    const strip = ({ status, body }: Awaited<ReturnType<Client['get']>>) => ({
      status,
      ...body,
      instance: '',
      account: '',
    });
    const hidden = await bob.get('/account/alice/balance');
    expect(strip(hidden)).toEqual(strip(await bob.get('/account/missing/balance')));
    const transfer = await bob.get(`/transfers/${transferId}`);
    const missing = await bob.get(`/transfers/${TRANSFER}`);
    expect({ ...strip(transfer), transferId: '' }).toEqual({ ...strip(missing), transferId: '' });
  });

  it('does not let an owner pay with the money of another, whichever way it is asked', async () => {
    const bob = client.as('bobby-token');
    const before = edge.account('alice').balance;
    const body = { origin: 'alice', destination: 'bob', amount: 1 };
    expect((await bob.post('/transfers', { body })).status).toBe(404);
    expect((await bob.post('/account/alice/transfer/to/bob/1')).status).toBe(404);
    expect(edge.account('alice').balance).toBe(before);
  });

  it('keeps the idempotency keys of callers apart', async () => {
    const headers = { 'idempotency-key': 'same' };
    const alice = await client.as('alice-token').post('/account/alice/transfer/to/bob/5', { headers });
    const bob = await client.as('bobby-token').post('/account/bob/transfer/to/alice/7', { headers });
    expect([alice.status, bob.status]).toEqual([200, 200]);
    expect(bob.headers.get('idempotency-replayed')).toBeNull();
  });
});

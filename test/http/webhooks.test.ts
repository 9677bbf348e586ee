import { WholeService } from './serviceHarness';

const TYPES = ['transfer.committed'];
const GOOD = 'https://hooks.example.invalid/tandem?of=shop';
const UNKNOWN = '019ab1c4-7d2e-7c3a-9b60-5a4f0e1d2c3b';

describe('the routes of webhooks', () => {
  let service: WholeService;
  let admin: WholeService['client'];

  beforeAll(async () => {
    service = await WholeService.start({ WEBHOOK_ALLOWED_NETWORKS: '10.1.0.0/16' });
    admin = service.client.as('admin-token');
  });

  afterAll(() => service.stop());

  const create = (body: object) => admin.post('/webhooks', { body });
  async function created(): Promise<string> {
    const { body } = await create({ url: GOOD, types: TYPES });
    return String(body['id']);
  }

  it('make a webhook, and tell its secret this once', async () => {
    const made = await create({ url: GOOD, types: [...TYPES, 'account.opened', ...TYPES] });
    expect(made).toMatchObject({
      status: 201,
      body: {
        url: GOOD,
        types: ['transfer.committed', 'account.opened'],
        pending: 0,
        secret: expect.stringMatching(/^whsec_/),
      },
    });
    expect(made.headers.get('location')).toBe(`/webhooks/${String(made.body['id'])}`);
    const { secret, ...rest } = made.body;
    expect((await admin.get(`/webhooks/${String(made.body['id'])}`)).body).toEqual(rest);
    const list = await admin.get('/webhooks');
    expect(list.body['items']).toContainEqual(rest);
    expect(JSON.stringify(list.body)).not.toContain(String(secret));
  });

  it.each([
    ['http://hooks.example/', 'body', 'url', 'must be https, or http on loopback'],
    ['ftp://hooks.example/', 'body', 'url', 'must be https, or http on loopback'],
    ['https://a:b@hooks.example/', 'body', 'url', 'must carry no user and no password'],
    ['https://hooks.example/#a', 'body', 'url', 'must carry no fragment'],
    ['hooks', 'body', 'url', 'must be an address, as https://stock.example/tandem'],
  ])('refuse the address %s', async (url, where, path, message) => {
    const { status, body } = await create({ url, types: TYPES });
    expect([status, body['errors']]).toEqual([400, [{ in: where, path, message }]]);
  });

  it.each([
    'http://127.0.0.1:4000/',
    'http://localhost:4000/',
    'https://10.2.0.1/',
    'https://169.254.169.254/latest/meta-data',
    'https://[fd00::1]/',
    'https://[::ffff:10.2.0.1]/',
    'https://0x7f.1/',
  ])('refuse %s, which is not public', async (url) => {
    const { status, body } = await create({ url, types: TYPES });
    expect([status, body['code'], body['detail']]).toEqual([
      422,
      'address-refused',
      expect.stringContaining('no public address; WEBHOOK_ALLOWED_NETWORKS names'),
    ]);
  });

  it('take an address of a network that is allowed', async () => {
    expect(await create({ url: 'https://10.1.2.3/', types: TYPES })).toMatchObject({ status: 201 });
  });

  it.each([
    [{ url: GOOD }, 'types', 'is required'],
    [{ url: GOOD, types: [] }, 'types', 'must be at least 1 items long'],
    [{ url: GOOD, types: ['transfer.done'] }, 'types.0', expect.stringContaining('must be one of transfer.created')],
    [{ url: GOOD, types: TYPES, secret: 'whsec_x' }, 'secret', expect.stringContaining('not')],
  ])('refuse the body %j', async (body, path, message) => {
    const { status, body: problem } = await create(body);
    expect([status, problem['errors']]).toEqual([400, [{ in: 'body', path, message }]]);
  });

  it.each([
    ['GET', '', undefined],
    ['DELETE', '', undefined],
    ['POST', '/rotate', {}],
    ['POST', '/enable', undefined],
    ['GET', '/deliveries', undefined],
    ['POST', '/replay', { after: 'oldest' }],
  ])('know no webhook of another id: %s %s', async (method, path, body) => {
    const unknown = await admin.call(method, `/webhooks/${UNKNOWN}${path}`, body ? { body } : {});
    expect([unknown.status, unknown.body['code']]).toEqual([404, 'webhook-not-found']);
    const wrong = await admin.call(method, `/webhooks/${UNKNOWN.toUpperCase()}${path}`, body ? { body } : {});
    expect(wrong.status).toBe(400);
  });

  it('delete a webhook', async () => {
    const id = await created();
    const gone = await fetch(`${service.client.url}/webhooks/${id}`, {
      method: 'DELETE',
      headers: { authorization: 'Bearer admin-token' },
    });
    expect([gone.status, await gone.text()]).toEqual([204, '']);
    expect((await admin.get(`/webhooks/${id}`)).status).toBe(404);
  });

  it('rotate a secret, with a grace period of a day unless said', async () => {
    const id = await created();
    const rotated = await admin.post(`/webhooks/${id}/rotate`, { body: {} });
    const [now, before] = rotated.body['secrets'] as { madeAt: string; endsAt?: string }[];
    expect(now?.endsAt).toBeUndefined();
    expect(Date.parse(before?.endsAt ?? '') - Date.parse(now?.madeAt ?? '')).toBeGreaterThan(86_390_000);
    const atOnce = await admin.post(`/webhooks/${id}/rotate`, { body: { graceMs: 0 } });
    expect(atOnce.body['secrets']).toHaveLength(1);
    expect(new Set([rotated.body['secret'], atOnce.body['secret']]).size).toBe(2);
    const tooLong = await admin.post(`/webhooks/${id}/rotate`, { body: { graceMs: 604_800_001 } });
    expect(tooLong.status).toBe(400);
  });

  it('refuse a replay of what is not kept, of a place that is none, and of a range that ends before it begins', async () => {
    const id = await created();
    const replay = (body: object) => admin.post(`/webhooks/${id}/replay`, { body });
    const expired = await replay({ after: '1-1-1795298400004' });
    expect([expired.status, expired.body['code'], typeof expired.body['oldest']]).toEqual([
      410,
      'cursor-expired',
      'string',
    ]);
    for (const after of ['latest', 'x', '1-1']) expect((await replay({ after })).status).toBe(400);
    const backwards = await replay({ after: '9-1-1', until: '8-1-1' });
    expect(backwards.body['errors']).toEqual([{ in: 'body', path: 'until', message: 'must not come before after' }]);
  });

  it('refuse a page that does not begin where another one ended', async () => {
    const id = await created();
    expect((await admin.get(`/webhooks/${id}/deliveries?cursor=x`)).status).toBe(400);
    expect((await admin.get(`/webhooks/${id}/deliveries?status=lost`)).status).toBe(400);
    expect(await admin.get(`/webhooks/${id}/deliveries`)).toMatchObject({
      status: 200,
      body: { items: [], nextCursor: null },
    });
  });
});

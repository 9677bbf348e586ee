import { Signer } from '../../src/adapters/calls/signature';
import { pathOf, writeBody } from '../../src/adapters/participants/protocol';
import { OverloadedError, UnavailableError } from '../../src/engine/faults';
import { DEFAULT_LIMITS } from '../../src/http/deps';
import { OTHER_SECRET, SECRET } from '../participants/participantServer';
import type { Asked } from '../support/foreignCoordinator';
import { transactionId } from '../support/transactionId';
import type { Client, Reply } from './client';
import { Edge } from './edgeHarness';
import { WholeService } from './serviceHarness';

const SECRETS = { PARTICIPANT_SECRETS: `shop=${SECRET},bank=${OTHER_SECRET}` };

const DONE = '204';
const said = ({ status, body }: Reply): string => (status === 204 ? DONE : `${status} ${String(body['code'])}`);

describe('who may call accounts as participants', () => {
  let service: WholeService;
  let client: Client;
  const DEBIT: Asked = { account: 'alice', direction: 'debit', amount: 30 };
  const transaction = transactionId();
  const address = { transaction, branch: 'b', call: 'prepare' } as const;
  const path = `/participant${pathOf(address)}`;
  const request = { ...address, payload: DEBIT, attempt: 1, deadlineInMs: 0 };

  beforeAll(async () => {
    service = await WholeService.start(SECRETS);
    client = service.client;
    await client.post('/account/alice');
    await client.post('/account/alice/deposit/100');
  });

  afterEach(async () => {
    expect(await service.database.query('select from foreign_branches')).toEqual([]);
  });

  afterAll(() => service.stop());

  const signed = (body: string, secret = SECRET, atMs = Date.now()) => ({ ...new Signer([secret]).sign(body, atMs) });
  const put = (body: string, headers: Readonly<Record<string, string>>, to = path) =>
    client.call('PUT', to, { headers, body });

  it.each<[string, (body: string) => Readonly<Record<string, string>>]>([
    ['without a signature', () => ({})],
    ['with a token in its place', () => ({ authorization: 'Bearer admin-token' })],
    ['signed with an unknown secret', (body) => signed(body, `whsec_${Buffer.alloc(32, 'u').toString('base64')}`)],
    ['signed six minutes ago', (body) => signed(body, SECRET, Date.now() - 360_000)],
    ['signed six minutes ahead', (body) => signed(body, SECRET, Date.now() + 360_000)],
    ['signed over another body', () => signed('{}')],
  ])('is answered 401 %s', async (_, headersOf) => {
    const body = writeBody(request);
    const reply = await put(body, headersOf(body));
    expect(said(reply)).toBe('401 bad-signature');
    expect(reply.headers.get('www-authenticate')).toBe('StandardWebhooks');
  });

  it('is answered 401 without a body, and for one that is no JSON and not signed', async () => {
    expect(said(await client.call('PUT', path))).toBe('401 bad-signature');
    expect(said(await put('no json', {}))).toBe('401 bad-signature');
  });

  it.each<[string, object]>([
    ['call', { call: 'abort' }],
    ['transaction', { transaction: transactionId() }],
    ['branch', { branch: 'c' }],
  ])('is answered 400 when the body names another %s than the path', async (member, other) => {
    const body = writeBody({ ...request, ...other });
    const reply = await put(body, signed(body));
    expect(said(reply)).toBe('400 invalid-request');
    expect(reply.body['errors']).toMatchObject([{ in: 'body', path: member }]);
  });

  it('is answered 400 for a body or a path that is none of the protocol', async () => {
    for (const body of ['no json', '{}', JSON.stringify({ ...request, version: 2 })])
      expect(said(await put(body, signed(body)))).toBe('400 invalid-request');
    const body = writeBody(request);
    for (const wrong of [path.replace('prepare', 'undo'), path.replace(transaction, '1'), `${path}?force=1`])
      expect(said(await put(body, signed(body), wrong))).toBe('400 invalid-request');
  });

  it('takes no other method, and no body that is too large', async () => {
    const { status, headers } = await client.get(path);
    expect([status, headers.get('allow')]).toEqual([405, 'PUT']);
    const body = JSON.stringify({ ...request, payload: 'x'.repeat(70_000) });
    expect(said(await put(body, signed(body)))).toBe('413 payload-too-large');
  });

  it('is answered 503 when the service cannot do it now, and nothing is a vote', async () => {
    const faults = [
      new OverloadedError('too much waits'),
      new UnavailableError('no connection', 'not-started'),
      new UnavailableError('the connection was lost', 'unknown'),
    ];
    const fail = () => Promise.reject(faults.shift() ?? new Error('asked too often'));
    const branches = { prepare: fail, commit: fail, abort: fail };
    const edge = new Edge({ coordinators: { callers: { signer: () => 'shop' }, branches } });
    const at = await edge.start();
    const call = () => at.call('PUT', path, { body: writeBody(request) });
    expect([said(await call()), said(await call()), said(await call()), said(await call())]).toEqual([
      '503 overloaded',
      '503 unavailable',
      '503 unavailable',
      '500 internal-error',
    ]);
    await edge.stop();
  });

  it('is told to repeat the call when its outcome is not known: the protocol has no keys', async () => {
    const fail = () => Promise.reject(new UnavailableError('the connection was lost', 'unknown'));
    const branches = { prepare: fail, commit: fail, abort: fail };
    const edge = new Edge({ coordinators: { callers: { signer: () => 'shop' }, branches } });
    const at = await edge.start();
    const { body } = await at.call('PUT', path, { body: writeBody(request) });
    expect(body).toMatchObject({ code: 'unavailable', outcome: 'unknown' });
    expect(String(body['detail'])).toMatch(/: repeat the call\.$/);
    await edge.stop();
  });

  it('counts the calls of each service by themselves, and those that are not signed well by their address', async () => {
    const callers = { signer: (headers: object) => ('x-from' in headers ? String(headers['x-from']) : undefined) };
    const commit = () => Promise.resolve({ kind: 'done' } as const);
    const edge = new Edge({
      coordinators: { callers, branches: { prepare: commit, commit, abort: commit } },
      limits: { ...DEFAULT_LIMITS, requestsPerSecond: 2 },
    });
    const at = await edge.start();
    const from = (name?: string) =>
      at.call('PUT', path, { body: writeBody(request), ...(name !== undefined && { headers: { 'x-from': name } }) });
    const answers: string[] = [];
    for (const name of ['shop', 'shop', 'shop', 'bank', undefined, undefined, undefined])
      answers.push(said(await from(name)));
    expect(answers).toEqual([
      DONE,
      DONE,
      '429 rate-limited',
      DONE,
      '401 bad-signature',
      '401 bad-signature',
      '429 rate-limited',
    ]);
    await edge.stop();
  });

  it('is 404, as any unknown path, where no service has a secret', async () => {
    const other = await WholeService.start();
    const body = writeBody(request);
    expect(said(await other.client.call('PUT', path, { headers: signed(body), body }))).toBe('404 not-found');
    expect(JSON.stringify((await other.client.get('/openapi.json')).body)).not.toContain('/participant/');
    await other.stop();
  });
});

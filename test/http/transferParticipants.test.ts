import { ParticipantServer, stopAll } from '../participants/participantServer';
import type { Client } from './client';
import { type ParticipantFile, participantFile } from './participantFile';
import { WholeService } from './serviceHarness';

/** Transfers in which a service elsewhere takes part, as callers see them. */
let file: ParticipantFile;
let service: WholeService;
let client: Client;
/** What the participant answers to the next calls. */
let status = 204;
let problem: object = {};

beforeAll(async () => {
  const stock = await ParticipantServer.start((response) => {
    response.writeHead(status, { 'content-type': 'application/problem+json' });
    response.end(status === 204 ? undefined : JSON.stringify(problem));
  });
  file = participantFile({ stock: stock.url });
  service = await WholeService.start({ PARTICIPANTS_FILE: file.path });
  client = service.client;
  for (const id of ['alice', 'bob', 'shop']) await client.post(`/account/${id}`);
  for (const id of ['alice', 'bob']) await client.post(`/account/${id}/deposit/1000`);
});

beforeEach(() => {
  status = 204;
  problem = {};
});

afterAll(async () => {
  await service.stop();
  await stopAll();
  file.remove();
});

const ordered = (branch: string, more: object = {}) => ({
  postings: [{ origin: 'alice', destination: 'shop', amount: 30 }],
  participants: [{ participant: 'stock', branch, payload: { item: 'book' } }],
  ...more,
});

describe('an authorization', () => {
  const authorized = async (branch: string, more: object = {}) => {
    const { body } = await client.post('/transfers', { body: ordered(branch, { capture: 'manual', ...more }) });
    expect(body['status']).toBe('authorized');
    return `/transfers/${String(body['id'])}`;
  };

  it('is captured whole or not at all: the participant would commit all of its part', async () => {
    const path = await authorized('whole');
    for (const body of [{ amount: 10 }, { postings: [{ index: 0, amount: 10 }] }]) {
      const refused = await client.post(`${path}/capture`, { body });
      expect(refused).toMatchObject({ status: 422, body: { code: 'capture-not-divisible' } });
    }
    expect((await client.get(path)).body['status']).toBe('authorized');
    const whole = await client.post(`${path}/capture`, { body: { amount: 30 } });
    expect(whole).toMatchObject({ status: 200, body: { status: 'committed', amountCaptured: 30 } });
    expect((await client.post(`${path}/capture`)).status).toBe(200);
    const less = await client.post(`${path}/capture`, { body: { amount: 10 } });
    expect(less).toMatchObject({ status: 409, body: { code: 'already-captured' } });
  });

  it('of several postings is not captured without one of them', async () => {
    const path = await authorized('several', {
      postings: ['alice', 'bob'].map((origin) => ({ origin, destination: 'shop', amount: 30 })),
    });
    const refused = await client.post(`${path}/capture`, { body: { postings: [{ index: 1, amount: 0 }] } });
    expect(refused).toMatchObject({ status: 422, body: { code: 'capture-not-divisible' } });
    expect((await client.post(`${path}/void`)).body['status']).toBe('aborted');
  });
});

describe('a repetition', () => {
  it('is answered by a process whose settings have lost the participant; what is new there is refused', async () => {
    const other = await WholeService.on(service.database);
    try {
      const first = await client.post('/transfers', { body: ordered('kept'), headers: { 'idempotency-key': 'kept' } });
      const again = await other.client.post('/transfers', {
        body: ordered('kept'),
        headers: { 'idempotency-key': 'kept' },
      });
      expect(again).toMatchObject({ status: 200, body: { id: first.body['id'], status: 'committed' } });
      expect(again.headers.get('idempotency-replayed')).toBe('true');
      const reused = await other.client.post('/transfers', {
        body: ordered('another'),
        headers: { 'idempotency-key': 'kept' },
      });
      expect(reused).toMatchObject({ status: 422, body: { code: 'idempotency-key-reused' } });
      for (const headers of [{}, { 'idempotency-key': 'new' }]) {
        const fresh = await other.client.post('/transfers', { body: ordered('new'), headers });
        expect(fresh).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
      }
    } finally {
      await other.leave();
    }
  });
});

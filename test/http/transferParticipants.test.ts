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

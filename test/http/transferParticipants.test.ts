import { eventually } from '../kit/wait';
import { ParticipantServer, stopAll } from '../participants/participantServer';
import type { Client } from './client';
import { type ParticipantFile, participantFile } from './participantFile';
import { WholeService } from './serviceHarness';

/** Transfers in which a service elsewhere takes part, as callers see them. */
let file: ParticipantFile;
let service: WholeService;
let client: Client;
/** What the participant answers to the next calls of each kind; 204 unless said. */
let answers: Partial<Record<'prepare' | 'commit' | 'abort', number>> = {};

beforeAll(async () => {
  const stock = await ParticipantServer.start((response, { url = '' }) => {
    const status = answers[url.split('/').at(-1) as keyof typeof answers] ?? 204;
    response.writeHead(status, { 'content-type': 'application/problem+json' });
    response.end(status === 409 ? JSON.stringify({ code: 'secret-code', detail: 'secret words' }) : undefined);
  });
  file = participantFile({ stock: stock.url });
  service = await WholeService.start({ PARTICIPANTS_FILE: file.path });
  client = service.client;
  for (const id of ['alice', 'bob', 'shop']) await client.post(`/account/${id}`);
  for (const id of ['alice', 'bob']) await client.post(`/account/${id}/deposit/1000`);
});

beforeEach(() => {
  answers = {};
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

describe('an owner that pays', () => {
  const both = ['alice', 'bob'].map((origin) => ({ origin, destination: 'shop', amount: 30 }));
  const SECRETS = /secret|answered|told by hand|admin/;

  /** What alice is told of a transfer, wherever she may ask; fails when the service is not told more. */
  async function told(id: string): Promise<string> {
    const asked = async (as: Client) => {
      const { body: transfer } = await as.get(`/transfers/${id}`);
      const { body: list } = await as.get('/transfers?limit=200');
      const { body: events } = await as.get('/events?limit=200');
      const listed = (list['items'] as { id: string }[]).filter((each) => each.id === id);
      const changes = (events['items'] as { transferId?: string }[]).filter(({ transferId }) => transferId === id);
      expect([listed.length, changes.length > 0]).toEqual([1, true]);
      return JSON.stringify([transfer, listed, changes]);
    };
    expect(await asked(client)).toMatch(SECRETS);
    return asked(client.as('alice-token'));
  }

  async function untilTold(id: string, member: 'waitingFor' | 'errors'): Promise<void> {
    const seen = async () => (await client.get(`/transfers/${id}`)).body[member];
    await eventually(`${member} of ${id}`, seen, { deadlineMs: 60_000 });
  }

  for (const [which, postings] of [
    ['alone', both.slice(0, 1)],
    ['with others', both],
  ] as const) {
    const order = (branch: string, more: object = {}) =>
      ordered(`${branch}-${postings.length}`, {
        postings,
        participants: [{ participant: 'stock', branch: `${branch}-${postings.length}`, payload: { note: 'secret' } }],
        ...more,
      });

    it(`${which} sees that a participant takes part, and not what it was asked`, async () => {
      const { body } = await client.post('/transfers', { body: order('paid') });
      const own = await told(String(body['id']));
      expect(own).not.toMatch(SECRETS);
      expect(own).toContain(`"participant":"stock","branch":"paid-${postings.length}","state":"committed"`);
    });

    it(`${which} sees that a participant refused, and not why`, async () => {
      answers = { prepare: 409 };
      const { body } = await client.post('/transfers', { body: order('refused') });
      expect(body).toMatchObject({ code: 'participant-refused', reason: 'secret-code' });
      const own = await told(String(body['transferId']));
      expect(own).not.toMatch(SECRETS);
      expect(own).toContain('"kind":"participant-refused","participant":"stock"');
    });

    it(`${which} does not see what a participant fails with, nor what operators say of it`, async () => {
      answers = { prepare: 503 };
      const waits = { prefer: 'respond-async' };
      const waiting = await client.post('/transfers', { body: order('away', { timeoutMs: 60_000 }), headers: waits });
      const pending = String(waiting.body['id']);
      await untilTold(pending, 'waitingFor');
      expect(await told(pending)).not.toMatch(SECRETS);
      await client.post(`/transfers/${pending}/abort`);

      answers = { commit: 409 };
      const failing = await client.post('/transfers', { body: order('broken'), headers: waits });
      const failed = String(failing.body['id']);
      await untilTold(failed, 'errors');
      expect(await told(failed)).not.toMatch(SECRETS);
      const settled = await client
        .as('admin-token')
        .post(`/admin/transfers/${failed}/branches/stock/broken-${postings.length}/settle`, {
          body: { as: 'aborted', note: 'told by hand' },
        });
      expect(settled.status).toBe(202);
      const own = await told(failed);
      expect(own).not.toMatch(SECRETS);
      expect(own).toContain('"as":"aborted"');
    });
  }
});

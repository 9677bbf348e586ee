import type { ServerResponse } from 'node:http';
import { SignatureVerifier } from '../../src/adapters/calls/signature';
import type { ParticipantAnswer } from '../../src/engine/participants';
import { OTHER_SECRET, ParticipantServer, prepare, remote, SECRET, stopAll } from './participantServer';

afterEach(stopAll);

interface Case {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

const PROBLEM = { 'content-type': 'application/problem+json; charset=utf-8' };

function answering({ status, headers = {}, body = '' }: Case): (response: ServerResponse) => void {
  return (response) => response.writeHead(status, headers).end(body);
}

async function answerTo(answered: Case): Promise<ParticipantAnswer> {
  const server = await ParticipantServer.start(answering(answered));
  const participants = remote(server.url);
  try {
    return await participants.call('stock', prepare());
  } finally {
    await participants.close();
    await server.stop();
  }
}

describe('an answer', () => {
  it.each<[string, Case, ParticipantAnswer]>([
    ['200', { status: 200, body: 'anything' }, { kind: 'ok' }],
    ['204', { status: 204 }, { kind: 'ok' }],
    ['202', { status: 202 }, { kind: 'again', afterMs: 1_000 }],
    ['202 with seconds', { status: 202, headers: { 'retry-after': '7' } }, { kind: 'again', afterMs: 7_000 }],
    ['202 with words', { status: 202, headers: { 'retry-after': 'soon' } }, { kind: 'again', afterMs: 1_000 }],
    [
      '202 with a time gone by',
      { status: 202, headers: { 'retry-after': 'Mon, 01 Jan 2024 00:00:00 GMT' } },
      { kind: 'again', afterMs: 0 },
    ],
    ['202 with a year', { status: 202, headers: { 'retry-after': '31536000' } }, { kind: 'again', afterMs: 3_600_000 }],
    [
      '409',
      { status: 409, headers: PROBLEM, body: '{"code":"sold-out","detail":"No book is left"}' },
      { kind: 'conflict', code: 'sold-out', detail: 'No book is left' },
    ],
    [
      '409 that says nothing',
      { status: 409, headers: PROBLEM, body: '{"code":7}' },
      { kind: 'conflict', code: 'refused', detail: '' },
    ],
    [
      '409 of a proxy',
      { status: 409, headers: { 'content-type': 'text/html' }, body: '<p>' },
      { kind: 'unknown', why: 'answered 409 without application/problem+json' },
    ],
    [
      '409 in plain JSON',
      { status: 409, headers: { 'content-type': 'application/json' }, body: '{}' },
      { kind: 'unknown', why: 'answered 409 without application/problem+json' },
    ],
    [
      '409 half written',
      { status: 409, headers: PROBLEM, body: '{"code":"sold' },
      { kind: 'unknown', why: 'answered 409 with a body that is no problem' },
    ],
    [
      '409 with a list',
      { status: 409, headers: PROBLEM, body: '[]' },
      { kind: 'unknown', why: 'answered 409 with a body that is no problem' },
    ],
    ['200 that claims a refusal', { status: 200, headers: PROBLEM, body: '{"code":"sold-out"}' }, { kind: 'ok' }],
    ...[201, 206, 301, 302, 307, 308, 400, 401, 404, 410, 422, 429, 500, 503].map(
      (status): [string, Case, ParticipantAnswer] => [
        String(status),
        { status, headers: { location: '/' } },
        { kind: 'unknown', why: `answered ${status}` },
      ],
    ),
  ])('of %s is taken as the table says', async (_, answered, expected) => {
    expect(await answerTo(answered)).toEqual(expected);
  });

  it('whose refusal is long or strange is shown as 200 plain characters', async () => {
    const body = JSON.stringify({ code: `a\u0000b${'c'.repeat(300)}`, detail: `${'d'.repeat(199)}😀\n` });
    const answer = await answerTo({ status: 409, headers: PROBLEM, body });
    expect(answer).toEqual({ kind: 'conflict', code: `a b${'c'.repeat(197)}`, detail: 'd'.repeat(199) });
  });

  it('that says when by a date is asked again then', async () => {
    const answer = await answerTo({
      status: 202,
      headers: { 'retry-after': new Date(Date.now() + 60_000).toUTCString() },
    });
    if (answer.kind !== 'again') throw new Error(answer.kind);
    expect(answer.afterMs).toBeGreaterThan(30_000);
    expect(answer.afterMs).toBeLessThanOrEqual(60_000);
  });
});

describe('a call', () => {
  it('is a PUT to its path, and says in its signed body what the path says', async () => {
    const server = await ParticipantServer.start(answering({ status: 200 }));
    const participants = remote(`${server.url}/tandem/`, { secrets: [SECRET, OTHER_SECRET] });
    const abort = { ...prepare({ call: 'abort', reason: 'timeout', attempt: 3 }), payload: undefined };
    await participants.call('stock', prepare());
    await participants.call('stock', abort);
    await participants.close();
    await server.stop();
    const [first, second] = server.seen;
    expect(first).toMatchObject({
      method: 'PUT',
      path: '/tandem/0190a1b2-0000-7000-8000-000000000001/order-17/prepare',
      headers: { 'content-type': 'application/json' },
    });
    const { deadlineInMs, ...body } = JSON.parse(first?.body ?? '') as { deadlineInMs: number };
    expect(body).toEqual({
      version: 1,
      call: 'prepare',
      transaction: '0190a1b2-0000-7000-8000-000000000001',
      branch: 'order-17',
      payload: { item: 'book' },
      attempt: 1,
    });
    expect(deadlineInMs).toBeGreaterThan(0);
    expect(deadlineInMs).toBeLessThanOrEqual(10_000);
    expect(JSON.parse(second?.body ?? '')).toMatchObject({ call: 'abort', reason: 'timeout', attempt: 3 });
    expect(second?.path).toMatch(/\/abort$/);
    for (const secret of [SECRET, OTHER_SECRET]) {
      const verifier = new SignatureVerifier([{ name: 'tandem', secret }]);
      for (const seen of server.seen) expect(verifier.signer(seen.headers, Buffer.from(seen.body))).toBe('tandem');
    }
    // Nothing is traced here, so nothing of it is sent.
    expect(first?.headers).not.toHaveProperty('traceparent');
  });

  it('to a name that is not configured is told so, and is not sent', async () => {
    const participants = remote('http://127.0.0.1:1');
    expect(participants.names()).toEqual(['stock']);
    expect(await participants.call('mill', prepare())).toEqual({
      kind: 'unknown',
      why: 'not sent: no participant of this name is configured',
    });
    await participants.close();
  });

  it('to prepare is not sent once its deadline has passed, a decision is', async () => {
    const server = await ParticipantServer.start(answering({ status: 200 }));
    const participants = remote(server.url);
    const late = await participants.call('stock', prepare({ deadlineInMs: 0 }));
    expect(late).toEqual({ kind: 'unknown', why: 'not sent: its deadline passed' });
    expect(server.seen).toEqual([]);
    expect(await participants.call('stock', prepare({ call: 'commit', deadlineInMs: 0 }))).toEqual({ kind: 'ok' });
    await participants.close();
    await server.stop();
  });
});

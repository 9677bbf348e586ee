import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { TandemClient } from '../../src/client/tandemClient';
import { carryOut } from '../../stress/workload/question';
import { replyOf } from '../../stress/workload/reply';
import { HttpTransport } from '../kit/httpTransport';
import { freePort } from '../kit/ports';

/** Of an answer that comes, however busy the machine is; and of one that does not. */
const TIMEOUT_MS = 60_000;
const HASTY_MS = 300;
const ACCOUNT = { id: 'a', balance: 5, held: 2, available: 3 };
const DEPOSIT = { kind: 'deposit', key: 'k', copies: 1, account: 'a', amount: 5 } as const;

let server: Server;
let answer: RequestListener;
let connections: number;
let transport: HttpTransport;
let client: TandemClient;

beforeEach(async () => {
  connections = 0;
  server = createServer((request, response) => answer(request, response));
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  waitFor(TIMEOUT_MS);
});

function waitFor(timeoutMs: number): void {
  transport = new HttpTransport(timeoutMs);
  client = clientOf((server.address() as AddressInfo).port);
}

afterEach(async () => {
  transport.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function clientOf(port: number): TandemClient {
  return new TandemClient(`http://127.0.0.1:${port}`, { transport: transport.send, retry: false });
}

const answering = (status: number, body: string, headers: Record<string, string> = {}): void => {
  answer = (_request, response) => response.writeHead(status, headers).end(body);
};

describe('what the harness knows after a call over its transport', () => {
  test('a refused connection: it was not sent', async () => {
    const closedPort = clientOf(await freePort());
    expect(await replyOf(closedPort.balance('a'))).toEqual({ kind: 'not-sent' });
  });

  test('a connection that breaks before the answer: unknown', async () => {
    answer = (request) => request.socket.destroy();
    expect(await replyOf(client.deposit('a', 5))).toEqual({ kind: 'unknown', cause: 'reset' });
  });

  test('a connection that breaks within the answer: unknown', async () => {
    answer = (request, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{"id":', () => request.socket.destroy());
    };
    expect(await replyOf(client.deposit('a', 5))).toEqual({ kind: 'unknown', cause: 'reset' });
  });

  test('no answer in time: unknown', async () => {
    waitFor(HASTY_MS);
    answer = () => undefined;
    expect(await replyOf(client.deposit('a', 5))).toEqual({ kind: 'unknown', cause: 'timeout' });
  });

  test('an answer that does not end in time: unknown', async () => {
    waitFor(HASTY_MS);
    answer = (_request, response) => response.writeHead(200).write('{"id":');
    expect(await replyOf(client.deposit('a', 5))).toEqual({ kind: 'unknown', cause: 'timeout' });
  });

  test('a 503: unknown', async () => {
    answering(503, JSON.stringify({ status: 503, code: 'unavailable', outcome: 'unknown' }));
    expect(await replyOf(client.deposit('a', 5))).toEqual({ kind: 'unknown', cause: '503' });
  });

  test('a value', async () => {
    answering(200, JSON.stringify(ACCOUNT), { 'Idempotency-Replayed': 'true' });
    const value = { ok: true, status: 200, replayed: true, value: ACCOUNT };
    expect(await replyOf(client.deposit('a', 5))).toEqual({ kind: 'answer', answer: value });
  });

  test('a refusal', async () => {
    const problem = { status: 422, code: 'insufficient-funds', missing: 1 };
    answering(422, JSON.stringify(problem));
    const refused = { ok: false, status: 422, replayed: false, problem };
    expect(await replyOf(client.withdraw('a', 5))).toEqual({ kind: 'answer', answer: refused });
  });

  test.each([
    [200, '<html>'],
    [200, ''],
    [200, 'null'],
    [503, 'Service Unavailable'],
  ])('an answer %i %j, which is no JSON object: malformed', async (status, body) => {
    answering(status, body);
    expect(await replyOf(client.deposit('a', 5))).toMatchObject({
      kind: 'malformed',
      detail: expect.stringContaining(String(status)),
    });
  });
});

describe('what a workload reads in an answer', () => {
  test('a documented one ends the operation', async () => {
    answering(200, JSON.stringify(ACCOUNT));
    const meaning = { kind: 'known', outcome: { kind: 'applied' } };
    expect(await carryOut(DEPOSIT).ask(client)).toMatchObject({ kind: 'told', meaning, replayed: false });
  });

  test.each([
    ['an undocumented status', 418, JSON.stringify(ACCOUNT)],
    ['what is not JSON', 200, 'done'],
  ])('%s is unexpected', async (_what, status, body) => {
    answering(status, body);
    expect(await carryOut(DEPOSIT).ask(client)).toMatchObject({ kind: 'told', meaning: { kind: 'unexpected' } });
  });
});

test('requests go out as the client says, one after the other on one connection', async () => {
  const received: Pick<IncomingMessage, 'method' | 'url' | 'headers'>[] = [];
  answer = ({ method, url, headers }, response) => {
    received.push({ method, url, headers });
    response.end('{}');
  };
  await client.transfer({ origin: 'a', destination: 'ü', amount: 5 }, { idempotencyKey: 'k', respondAsync: true });
  await client.transferByPath({ origin: 'a', destination: 'b', amount: 5 }, { idempotencyKey: 'l' });
  await client.balance('a');
  expect(received).toMatchObject([
    {
      method: 'POST',
      url: '/transfers',
      headers: {
        'idempotency-key': 'k',
        prefer: 'respond-async',
        'content-type': 'application/json',
        'content-length': String(Buffer.byteLength('{"origin":"a","destination":"ü","amount":5}')),
      },
    },
    { method: 'POST', url: '/account/a/transfer/to/b/5', headers: { 'idempotency-key': 'l' } },
    { method: 'GET', url: '/account/a/balance' },
  ]);
  expect(connections).toBe(1);
});

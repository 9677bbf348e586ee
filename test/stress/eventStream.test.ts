import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readEventStream, type StreamEnd, type StreamMessage } from '../kit/eventStream';
import { freePort } from '../kit/ports';

let server: Server;
let answer: RequestListener;
let messages: StreamMessage[];
let leave: AbortController;

beforeEach(async () => {
  messages = [];
  leave = new AbortController();
  server = createServer((request, response) => answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const follow = (
  lastId?: string,
  port = (server.address() as AddressInfo).port,
  silentAfterMs = 60_000,
): Promise<StreamEnd> =>
  readEventStream(`http://127.0.0.1:${port}/events`, {
    lastId,
    onMessage: (message) => messages.push(message),
    silentAfterMs,
    leave: leave.signal,
  });

test('messages count when all of them have come, in whatever pieces', async () => {
  answer = (_request, response) => {
    response.write('retry: 1000\n\nid: 1\nevent: a\nda');
    setTimeout(() => response.end('ta: {"x":1}\n\n: heartbeat\nid: 2\n\nid: 3\nevent: b'), 20);
  };
  expect(await follow()).toEqual({ kind: 'closed' });
  expect(messages).toEqual([{}, { id: '1', event: 'a', data: '{"x":1}' }, { id: '2' }]);
});

test('it goes on from the last id', async () => {
  answer = (request, response) => response.end(`data: ${String(request.headers['last-event-id'])}\n\n`);
  expect(await follow('7-1-1')).toEqual({ kind: 'closed' });
  expect(messages).toEqual([{ data: '7-1-1' }]);
});

test('a refusal is told with its words', async () => {
  answer = (_request, response) => response.writeHead(410).end('{"code":"cursor-expired"}');
  expect(await follow()).toEqual({ kind: 'refused', status: 410, text: '{"code":"cursor-expired"}' });
});

test('a stream that breaks', async () => {
  answer = (request, response) => response.write('id: 1\n\n', () => request.socket.destroy());
  expect(await follow()).toEqual({ kind: 'cut' });
});

test('a stream that falls silent', async () => {
  answer = (_request, response) => response.write('id: 1\n\n');
  expect(await follow(undefined, undefined, 300)).toEqual({ kind: 'silent' });
});

test('a stream that its reader leaves', async () => {
  answer = (_request, response) => response.write('id: 1\n\n', () => leave.abort());
  expect(await follow()).toEqual({ kind: 'left' });
});

test('no connection', async () => {
  expect(await follow(undefined, await freePort())).toEqual({ kind: 'not-sent' });
});

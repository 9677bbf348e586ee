import { Agent } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import express, { type Response } from 'express';
import { HttpServer } from '../../src/http/connections/server';
import { eventually } from '../kit/wait';
import { type Outcome, post } from '../support/load';

const GRACE_MS = 60_000;

describe('a server that closes', () => {
  let server: HttpServer;
  let url: string;
  let agent: Agent;
  /** The answers to requests that wait for the test. */
  let held: Response[];

  beforeEach(async () => {
    held = [];
    const app = express();
    app.post('/at-once', (_request, response) => void response.json({}));
    app.post('/held', (_request, response) => void held.push(response));
    server = HttpServer.create(app);
    const { port } = await server.listen('127.0.0.1', 0);
    url = `http://127.0.0.1:${port}`;
    agent = new Agent({ keepAlive: true, maxSockets: 1 });
  });
  afterEach(() => agent.destroy());

  async function arrived(requests: number): Promise<void> {
    const all = () => (held.length === requests ? true : undefined);
    await eventually('the requests have arrived', all, { deadlineMs: 60_000, everyMs: 5 });
  }

  test('keeps the connection after an answer until then', async () => {
    expect(connectionOf(await post(url, '/at-once', agent))).toBe('keep-alive');
    agent.destroy();
    await server.close(GRACE_MS);
  });

  test('announces it in the answer to a request that arrived before', async () => {
    const answered = post(url, '/held', agent);
    await arrived(1);
    const closed = server.close(GRACE_MS);
    held[0]?.json({});
    expect(connectionOf(await answered)).toBe('close');
    await closed;
  });

  test('answers all requests that a connection sent at once, and announces it in the last answer', async () => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    const answers = text(socket);
    socket.write('POST /held HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n'.repeat(3));
    await arrived(3);
    const closed = server.close(GRACE_MS);
    for (const response of held) response.json({});
    const connections = [...(await answers).matchAll(/^connection: .*$/gim)].map(String);
    expect(connections).toEqual(['Connection: keep-alive', 'Connection: keep-alive', 'Connection: close']);
    await closed;
  });

  test('answers a request that arrives later on an idle connection, and announces it', async () => {
    await post(url, '/at-once', agent);
    const closed = server.close(GRACE_MS);
    expect(connectionOf(await post(url, '/at-once', agent))).toBe('close');
    await closed;
  });
});

function connectionOf(outcome: Outcome): unknown {
  return 'error' in outcome ? outcome.error : outcome.headers['connection'];
}

import { once } from 'node:events';
import { Agent } from 'node:http';
import express, { type Express, type Response } from 'express';
import { HttpServer } from '../../src/http/connections/server';
import { type Outcome, post } from '../support/load';

const GRACE_MS = 60_000;

describe('a server that closes', () => {
  let server: HttpServer;
  let url: string;
  let agent: Agent;
  let app: Express;

  beforeEach(async () => {
    app = express();
    app.post('/at-once', (_request, response) => void response.json({}));
    app.post('/held', (_request, response) => void app.emit('held', response));
    server = HttpServer.create(app);
    const { port } = await server.listen('127.0.0.1', 0);
    url = `http://127.0.0.1:${port}`;
    agent = new Agent({ keepAlive: true, maxSockets: 1 });
  });
  afterEach(() => agent.destroy());

  test('keeps the connection after an answer until then', async () => {
    expect(connectionOf(await post(url, '/at-once', agent))).toBe('keep-alive');
    agent.destroy();
    await server.close(GRACE_MS);
  });

  test('announces it in the answer to a request that arrived before', async () => {
    const held = once(app, 'held');
    const answered = post(url, '/held', agent);
    const [response] = (await held) as [Response];
    const closed = server.close(GRACE_MS);
    response.json({});
    expect(connectionOf(await answered)).toBe('close');
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

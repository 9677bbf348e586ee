import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { TandemClient } from '../../src/client/tandemClient';
import { freePort } from '../kit/ports';

type Answering = (request: IncomingMessage, response: ServerResponse) => void;

/** Answers one request after the other as it is told, the last answer again and again. */
async function serving(answers: readonly Answering[], task: (url: string, keys: unknown[]) => Promise<void>) {
  const keys: unknown[] = [];
  const server = createServer((request, response) => {
    const answering = answers[Math.min(keys.length, answers.length - 1)];
    keys.push(request.headers['idempotency-key']);
    request.resume().on('end', () => answering?.(request, response));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  try {
    await task(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, keys);
  } finally {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
}

const json =
  (status: number, body: object, headers: Record<string, string> = {}): Answering =>
  (_, response) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
const cut: Answering = (request) => request.socket.destroy();
const html: Answering = (_, response) => response.writeHead(502).end('<h1>Bad gateway</h1>');
const unavailable = (outcome: string) => json(503, { code: 'unavailable', outcome });
const overloaded = json(503, { code: 'overloaded' });
const done = json(200, { id: 'a', balance: 1 });

const retry = { firstMs: 1, maxMs: 5, attempts: 4 };

describe('the typed client repeats', () => {
  it.each([
    ['that it is overloaded', overloaded],
    ['that the database is away', unavailable('unknown')],
    ['429', json(429, { code: 'rate-limited' })],
    ['by a proxy', html],
    ['by hanging up', cut],
  ])('a deposit that was answered %s, under one key that it made', async (_, answer) => {
    await serving([answer, answer, done], async (url, keys) => {
      const answered = await new TandemClient(url, { retry }).deposit('a', 1);
      expect(answered).toMatchObject({ ok: true, value: { balance: 1 } });
      expect(keys).toHaveLength(3);
      expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
      expect(new Set(keys).size).toBe(1);
    });
  });

  it('a capture and a void, which need no key', async () => {
    await serving([cut, unavailable('unknown'), done], async (url, keys) => {
      expect(await new TandemClient(url, { retry }).captureTransfer('t')).toMatchObject({ ok: true });
      expect(keys).toEqual([undefined, undefined, undefined]);
      expect(await new TandemClient(url, { retry }).voidTransfer('t')).toMatchObject({ ok: true });
      expect(keys).toEqual([undefined, undefined, undefined, undefined]);
    });
  });

  it('under the key that it was given, and another call under another', async () => {
    await serving([cut, done], async (url, keys) => {
      const client = new TandemClient(url, { retry });
      await client.deposit('a', 1, { idempotencyKey: 'mine' });
      await client.deposit('a', 1);
      expect(keys.slice(0, 2)).toEqual(['mine', 'mine']);
      expect(keys[2]).not.toBe('mine');
    });
  });

  it('not what may have been done and cannot be done twice, unless it was certainly not begun', async () => {
    for (const [answer, times] of [
      [cut, 1],
      [unavailable('unknown'), 1],
      [html, 1],
      [unavailable('not-started'), 4],
      [overloaded, 4],
    ] as const) {
      await serving([answer], async (url, keys) => {
        await new TandemClient(url, { retry }).openAccount('a').catch(() => undefined);
        expect(keys).toHaveLength(times);
      });
    }
  });

  it('no refusal, and no timeout that is final', async () => {
    for (const status of [400, 404, 409, 422, 500, 504]) {
      await serving([json(status, { code: 'no' })], async (url, keys) => {
        await expect(new TandemClient(url, { retry }).deposit('a', 1)).resolves.toMatchObject({ ok: false, status });
        expect(keys).toHaveLength(1);
      });
    }
  });

  it('no sooner than Retry-After says, and not at all when that is long', async () => {
    const told = (seconds: string) => json(503, { code: 'overloaded' }, { 'retry-after': seconds });
    await serving([told('1'), done], async (url, keys) => {
      const startMs = performance.now();
      await new TandemClient(url, { retry }).balance('a');
      expect(performance.now() - startMs).toBeGreaterThanOrEqual(990);
      expect(keys).toHaveLength(2);
    });
    await serving([told('3600')], async (url, keys) => {
      await expect(new TandemClient(url, { retry }).balance('a')).resolves.toMatchObject({ status: 503 });
      expect(keys).toHaveLength(1);
    });
  });

  it('until its attempts are used up; then it tells the last answer, or throws what went wrong', async () => {
    await serving([overloaded], async (url, keys) => {
      await expect(new TandemClient(url, { retry }).deposit('a', 1)).resolves.toMatchObject({ status: 503 });
      expect(keys).toHaveLength(retry.attempts);
    });
    await serving([cut], async (url, keys) => {
      await expect(new TandemClient(url, { retry }).deposit('a', 1)).rejects.toThrow('fetch failed');
      expect(keys).toHaveLength(retry.attempts);
    });
    const nothing = new TandemClient(`http://127.0.0.1:${await freePort()}`, { retry });
    await expect(nothing.openAccount('a')).rejects.toThrow('fetch failed');
  });

  it('what takes longer than it waits', async () => {
    await serving([() => undefined, done], async (url, keys) => {
      // The second answer has to come within that time, too, on a machine that is busy.
      await new TandemClient(url, { retry, timeoutMs: 1_000 }).deposit('a', 1);
      expect(new Set(keys).size).toBe(1);
      expect(keys).toHaveLength(2);
    });
  });

  it('nothing, and makes no key, when it is told to', async () => {
    await serving([overloaded], async (url, keys) => {
      await new TandemClient(url, { retry: false }).deposit('a', 1);
      expect(keys).toEqual([undefined]);
    });
  });
});

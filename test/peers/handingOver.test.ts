import { randomBytes } from 'node:crypto';
import { connect as connectPlain, createServer as createPlainServer } from 'node:net';
import { connect as connectTls, createServer, type TLSSocket } from 'node:tls';
import { Items } from '../../src/adapters/peers/items';
import { LeaderConnection } from '../../src/adapters/peers/leaderConnection';
import { LeaderServer, type LeaderServerOptions } from '../../src/adapters/peers/leaderServer';
import type { Handlers } from '../../src/adapters/peers/messages';
import { serverSecurity } from '../../src/adapters/peers/security';
import { OverloadedError, TerminalError, UnavailableError } from '../../src/engine/faults';
import { MemoryLog } from '../support/memoryLog';

type Options = LeaderServerOptions<unknown, unknown>;

const SECRET = randomBytes(32).toString('base64');
const VERSION = '1';
const ID = 'leader';
const HOST = '127.0.0.1';
const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

async function listen(
  command: (work: unknown) => Promise<unknown>,
  overrides: Partial<Options> = {},
  log = new MemoryLog(),
) {
  const handlers = { create: command, command } as unknown as Handlers<unknown, unknown>;
  const hello = { id: ID, version: VERSION };
  const options = { host: HOST, port: 0, secret: SECRET, hello, leads: () => true };
  const server = await LeaderServer.listen({ ...options, handlers, ...overrides }, log);
  closers.push(() => server.close());
  return server;
}

async function connect(port: number, secret = SECRET): Promise<LeaderConnection> {
  const connection = await patiently(() => LeaderConnection.connect({ id: ID, host: HOST, port }, secret, VERSION));
  closers.push(() => connection.end());
  return connection;
}

/** Tries again where the machine was too busy for the time limit of a connection. */
async function patiently<T>(connecting: () => Promise<T>): Promise<T> {
  try {
    return await connecting();
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith('no answer'))) throw error;
    return connecting();
  }
}

describe('work on a connection', () => {
  test('arrives and is answered as it is: large numbers, maps, and more than a frame', async () => {
    const { port } = await listen((work) => Promise.resolve({ work, votes: new Map([['a', 'yes']]) }));
    const connection = await connect(port);
    const works = Array.from({ length: 1_200 }, (_, n) => ({ n, amount: 2n ** 53n, text: 'x'.repeat(n % 300) }));
    const answers = await Promise.all(works.map((work) => connection.ask('command', work)));
    for (const [n, answer] of answers.entries()) {
      expect(answer).toEqual({ kind: 'answered', answer: { work: works[n], votes: new Map([['a', 'yes']]) } });
    }
  });

  test('may be larger than what a socket delivers at once', async () => {
    const { port } = await listen((work) => Promise.resolve(work));
    const connection = await connect(port);
    const work = randomBytes(3_000_000).toString('hex');
    await expect(connection.ask('create', work)).resolves.toEqual({ kind: 'answered', answer: work });
  });

  test('is answered as soon as it is done, and does not wait for slower work', async () => {
    const gates: (() => void)[] = [];
    const slow = new Promise<void>((resolve) => gates.push(resolve));
    const { port } = await listen(async (work) => {
      if (work === 'slow') await slow;
      return work;
    });
    const connection = await connect(port);
    const first = connection.ask('command', 'slow');
    await expect(connection.ask('command', 'quick')).resolves.toEqual({ kind: 'answered', answer: 'quick' });
    for (const open of gates) open();
    await expect(first).resolves.toEqual({ kind: 'answered', answer: 'slow' });
  });

  test("fails with the leader's own error, and is declined if it did not begin", async () => {
    const errors: Record<string, Error> = {
      overloaded: new OverloadedError('full'),
      'not started': new UnavailableError('away', 'not-started', { away: 'lock' }),
      unknown: new UnavailableError('away', 'unknown', { away: 'lock' }),
      broken: new TerminalError('broken'),
    };
    const { port } = await listen((work) => Promise.reject(errors[String(work)] ?? new Error('?')));
    const connection = await connect(port);
    await expect(connection.ask('command', 'overloaded')).rejects.toThrow(OverloadedError);
    await expect(connection.ask('command', 'not started')).resolves.toEqual({ kind: 'declined' });
    await expect(connection.ask('command', 'unknown')).rejects.toMatchObject({ outcome: 'unknown', away: 'lock' });
    await expect(connection.ask('command', 'broken')).rejects.toThrow('the leader failed: broken');
  });
});

describe('a leader', () => {
  test('that loses the lead declines, and closes the connection', async () => {
    let leads = true;
    const begun: unknown[] = [];
    const carryOut = (work: unknown) => {
      begun.push(work);
      return Promise.resolve(work);
    };
    const { port } = await listen(carryOut, { leads: () => leads });
    const connection = await connect(port);
    leads = false;
    // Lost, if the leader closes the connection first.
    const { kind } = await connection.ask('command', 1);
    expect(['declined', 'lost']).toContain(kind);
    expect(begun).toEqual([]);
    await until(() => !connection.isOpen);
    await expect(connection.ask('command', 1)).resolves.toEqual({ kind: 'declined' });
    await expect(connect(port)).rejects.toThrow('it does not lead');
  });

  test('that stops answers what it has begun, and begins nothing more', async () => {
    const gates: (() => void)[] = [];
    const server = await listen(async (work) => {
      await new Promise<void>((resolve) => gates.push(resolve));
      return work;
    });
    const connection = await connect(server.port);
    const begun = connection.ask('command', 1);
    await until(() => gates.length === 1);
    const closed = server.close();
    closers.splice(0, 1);
    await expect(connection.ask('command', 2)).resolves.toEqual({ kind: 'declined' });
    for (const open of gates) open();
    await expect(begun).resolves.toEqual({ kind: 'answered', answer: 1 });
    await closed;
  });

  test('that is silent is given up: what it was asked is lost', async () => {
    const sockets: TLSSocket[] = [];
    const silent = createServer(serverSecurity(SECRET), (socket) => {
      sockets.push(socket);
      const items = new Items(socket, () => undefined);
      items.send({ id: ID, version: VERSION, leads: true });
    });
    const port = await portOf(silent);
    closers.push(() => sockets.map((socket) => socket.destroy()));
    const connection = await connect(port);
    await expect(connection.ask('command', 1)).resolves.toEqual({ kind: 'lost' });
    expect(connection.isOpen).toBe(false);
  });

  test('that was paused begins nothing of what it was asked by then', async () => {
    const begun: unknown[] = [];
    const { port } = await listen((work) => {
      begun.push(work);
      return Promise.resolve(work);
    });
    const connection = await connect(port);
    const asked = connection.ask('command', 1);
    // The request is on its way when everything stands still.
    setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_700));
    await expect(asked).resolves.toEqual({ kind: 'lost' });
    expect(begun).toEqual([]);
  });

  test('that dies loses what it was asked', async () => {
    const dying = createServer(serverSecurity(SECRET), (socket) => {
      const items = new Items(socket, () => socket.destroy());
      items.send({ id: ID, version: VERSION, leads: true });
    });
    const connection = await connect(await portOf(dying));
    await expect(connection.ask('command', 1)).resolves.toEqual({ kind: 'lost' });
    await expect(connection.ask('command', 2)).resolves.toEqual({ kind: 'declined' });
  });
});

describe('a stranger', () => {
  const secret = randomBytes(32).toString('base64');

  test('with another secret gets in nowhere, and the log says so once', async () => {
    const log = new MemoryLog();
    const { port } = await listen((work) => Promise.resolve(work), {}, log);
    for (const _ of [1, 2, 3]) await expect(connect(port, secret)).rejects.toThrow();
    expect(log.lines.filter(({ message }) => message.includes('was refused'))).toHaveLength(1);
  });

  test('without the handshake gets nothing done', async () => {
    let asked = 0;
    const { port } = await listen((work) => {
      asked += 1;
      return Promise.resolve(work);
    });
    const plain = connectPlain({ host: HOST, port });
    plain.on('error', () => undefined);
    const items = new Items(plain, () => undefined);
    items.send({ n: 1, kind: 'command', work: 1 });
    await new Promise((resolve) => plain.once('close', resolve));
    const certified = connectTls({ host: HOST, port, rejectUnauthorized: false });
    await expect(new Promise((_, reject) => certified.once('error', reject))).rejects.toThrow();
    expect(asked).toBe(0);
  });

  test('at the address of the leader, who does not know the secret, is told nothing', async () => {
    const fake = createServer(serverSecurity(secret));
    await expect(connect(await portOf(fake))).rejects.toThrow();
    const deaf = createPlainServer((socket) => socket.resume());
    await expect(connect(await portOf(deaf))).rejects.toThrow('no answer within 1000 ms');
  });

  test('of another version is not spoken to', async () => {
    const { port } = await listen((work) => Promise.resolve(work), { hello: { id: ID, version: '2' } });
    await expect(connect(port)).rejects.toThrow('it is another version, 2');
  });

  test('that took the address of a leader, with the same secret, is not given its work', async () => {
    const { port } = await listen((work) => Promise.resolve(work), { hello: { id: 'other', version: VERSION } });
    await expect(connect(port)).rejects.toThrow('another process answers there');
  });

  test('that says nothing is cut off', async () => {
    const { port } = await listen((work) => Promise.resolve(work));
    const silent = connectPlain({ host: HOST, port });
    silent.on('error', () => undefined);
    await new Promise((resolve) => silent.once('close', resolve));
    await connect(port);
  });
});

async function portOf(server: ReturnType<typeof createPlainServer> | ReturnType<typeof createServer>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
  closers.push(() => new Promise((resolve) => server.close(resolve)));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}

async function until(is: () => boolean): Promise<void> {
  while (!is()) await new Promise((resolve) => setTimeout(resolve, 10));
}

import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { generate } from 'selfsigned';
import type { ParticipantAnswer } from '../../src/engine/participants';
import { listening, ParticipantServer, prepare, RawServer, remote, stopAll } from './participantServer';

afterEach(stopAll);

const HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n';

/** What a call comes to when the peer speaks these bytes, and whether the connection was left open. */
async function callTo(
  speak: (socket: Socket) => void,
  timeoutMs = 30_000,
): Promise<{ answer: ParticipantAnswer; cut: boolean }> {
  const server = await RawServer.start(speak);
  const participants = remote(server.url, { timeoutMs });
  const answer = await participants.call('stock', prepare());
  let cut = server.sockets.size === 0;
  for (const socket of server.sockets)
    if (!cut) cut = await new Promise((done) => socket.once('close', () => done(true)));
  await participants.close();
  await server.stop();
  return { answer, cut };
}

/** Writes a piece every few milliseconds for as long as the other side listens. */
function drip(socket: Socket, piece: string): void {
  const timer = setInterval(() => socket.write(piece), 5);
  socket.once('close', () => clearInterval(timer));
}

describe('a participant that is slow or broken', () => {
  it.each<[string, (socket: Socket) => void]>([
    ['says nothing', () => undefined],
    [
      'sends its headers drop by drop',
      (socket) => {
        socket.write(HEAD);
        drip(socket, 'x');
      },
    ],
    [
      'sends header after header',
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\n');
        drip(socket, 'a: b\r\n');
      },
    ],
    [
      'sends its body drop by drop',
      (socket) => {
        socket.write(`${HEAD}content-length: 60000\r\n\r\n`);
        drip(socket, ' ');
      },
    ],
  ])('that %s is given up after its time, whatever still comes', async (_, speak) => {
    const { answer, cut } = await callTo(speak, 200);
    expect(answer).toEqual({ kind: 'unknown', why: 'no answer within 200 ms' });
    expect(cut).toBe(true);
  });

  it.each<[string, (socket: Socket) => void, string]>([
    ['hangs up before its answer', (socket) => socket.end(), 'connection lost'],
    ['resets the connection', (socket) => socket.resetAndDestroy(), 'connection lost'],
    ['hangs up within its answer', (socket) => socket.end(`${HEAD}content-length: 10\r\n\r\n12345`), 'connection lost'],
    ['does not speak HTTP', (socket) => socket.end('SSH-2.0-OpenSSH\r\n'), 'answered with something that is not HTTP'],
    [
      'sends endless headers',
      (socket) => socket.write(`${HEAD}${`a: ${'b'.repeat(1000)}\r\n`.repeat(100)}`),
      'answered with headers that are too long',
    ],
  ])('that %s leaves the outcome unknown', async (_, speak, why) => {
    expect((await callTo(speak)).answer).toEqual({ kind: 'unknown', why });
  });

  it('is not there where no server listens', async () => {
    const server = await RawServer.start(() => undefined);
    await server.stop();
    const participants = remote(server.url);
    expect(await participants.call('stock', prepare())).toEqual({ kind: 'unknown', why: 'connection refused' });
    await participants.close();
  });

  it('that answers with a gigabyte is cut off after 64 KiB, of each answer', async () => {
    const piece = Buffer.alloc(1024 * 1024, ' ');
    let mebibytes = 0;
    const server = await ParticipantServer.start((response) => {
      response.writeHead(409, { 'content-type': 'application/problem+json' });
      const more = (): void => {
        while (mebibytes < 8 * 1024 && !response.destroyed) {
          mebibytes += 1;
          if (!response.write(piece)) return;
        }
      };
      response.on('drain', more);
      more();
    });
    const participants = remote(server.url);
    const answers = await Promise.all(Array.from({ length: 8 }, () => participants.call('stock', prepare())));
    for (const answer of answers) expect(answer).toEqual({ kind: 'unknown', why: 'answered with more than 64 KiB' });
    await participants.close();
    await server.stop();
    // The kernel's buffers took some; the gigabytes were never written.
    expect(mebibytes).toBeLessThan(200);
  });

  it('that leads elsewhere is not followed', async () => {
    const elsewhere = await ParticipantServer.start((response) => response.writeHead(200).end());
    for (const status of [301, 302, 303, 307, 308]) {
      const server = await ParticipantServer.start((response) =>
        response.writeHead(status, { location: `${elsewhere.url}/` }).end(),
      );
      const participants = remote(server.url);
      expect(await participants.call('stock', prepare())).toEqual({ kind: 'unknown', why: `answered ${status}` });
      await participants.close();
      await server.stop();
    }
    expect(elsewhere.seen).toEqual([]);
    await elsewhere.stop();
  });
});

describe('a participant that cannot show who it is', () => {
  it('is not spoken to when its certificate is its own word', async () => {
    const { private: key, cert } = await generate([{ name: 'commonName', value: '127.0.0.1' }]);
    let requests = 0;
    const server = createTlsServer({ key, cert }, (_, response) => {
      requests += 1;
      response.end();
    });
    const url = (await listening(server)).replace('http:', 'https:');
    const participants = remote(url);
    const answer = await participants.call('stock', prepare());
    await participants.close();
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
    expect(answer).toEqual({ kind: 'unknown', why: 'no trusted connection: DEPTH_ZERO_SELF_SIGNED_CERT' });
    expect(requests).toBe(0);
  });

  it('is not spoken to when it does not speak TLS', async () => {
    const server = await ParticipantServer.start((response) => response.end());
    const participants = remote(server.url.replace('http:', 'https:'));
    const answer = await participants.call('stock', prepare());
    await participants.close();
    await server.stop();
    expect(answer).toEqual({
      kind: 'unknown',
      why: expect.stringMatching(/^no trusted connection: ERR_SSL_/) as unknown,
    });
  });
});

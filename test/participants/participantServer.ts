import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket, type Server as TcpServer } from 'node:net';
import type { ParticipantSettings } from '../../src/adapters/participants/participantsFile';
import { RemoteParticipants } from '../../src/adapters/participants/remoteParticipants';
import { wallClockMs } from '../../src/adapters/systemClock';
import type { ParticipantRequest } from '../../src/engine/participants';
import { MemoryLog } from '../support/memoryLog';

export const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
export const OTHER_SECRET = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const open = new Set<{ stop(): Promise<void> } | { close(): Promise<void> }>();

/** Stops what a test that failed has left running. */
export async function stopAll(): Promise<void> {
  for (const one of open) await ('stop' in one ? one.stop() : one.close());
  open.clear();
}

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

/** A server on loopback that answers as it is told and keeps what it was sent. */
export class ParticipantServer {
  readonly seen: Seen[] = [];
  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(answer: Answer, port = 0): Promise<ParticipantServer> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { method = '', url = '', headers } = request;
        started.seen.push({ method, path: url, headers, body: Buffer.concat(chunks).toString() });
        answer(response, request);
      });
    });
    const started: ParticipantServer = new ParticipantServer(server, await listening(server, port));
    open.add(started);
    return started;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }
}

/** One that speaks bytes. */
export class RawServer {
  readonly sockets = new Set<Socket>();
  private constructor(
    private readonly server: TcpServer,
    readonly url: string,
  ) {}

  static async start(speak: (socket: Socket) => void, port = 0): Promise<RawServer> {
    const server = createTcpServer((socket) => {
      started.sockets.add(socket);
      socket.on('close', () => started.sockets.delete(socket));
      // The other side cuts connections, which is what is tested.
      socket.on('error', () => socket.destroy());
      socket.once('data', () => speak(socket));
    });
    const started: RawServer = new RawServer(server, await listening(server, port));
    open.add(started);
    return started;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((done) => this.server.close(done));
  }
}

export async function listening(server: TcpServer, port = 0): Promise<string> {
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The client, with `stock` at this address and others beside it. */
export function remote(
  url: string,
  settings: Partial<ParticipantSettings> = {},
  others: Readonly<Record<string, string>> = {},
  log = new MemoryLog(),
): RemoteParticipants {
  const defaults = { secrets: [SECRET], timeoutMs: 30_000, concurrency: 8 };
  const more = Object.entries(others).map(([name, address]): [string, ParticipantSettings] => [
    name,
    { ...defaults, url: address },
  ]);
  const participants = new RemoteParticipants(
    new Map([['stock', { ...defaults, url, ...settings }], ...more]),
    wallClockMs,
    log,
  );
  open.add(participants);
  return participants;
}

export function prepare(request: Partial<ParticipantRequest> = {}): ParticipantRequest {
  return {
    call: 'prepare',
    transaction: '0190a1b2-0000-7000-8000-000000000001',
    branch: 'order-17',
    payload: { item: 'book' },
    attempt: 1,
    deadlineInMs: 10_000,
    ...request,
  };
}

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ParticipantSettings } from './participantsFile';
import { PROTOCOL_VERSION } from './protocol';

/** The participant's name in requests. */
export const DEMO_NAME = 'demo';
/** Larger than any call of Tandem: a payload has at most 16 KiB. */
const BODY_BYTES_MAX = 64 * 1024;

/**
 * A participant to try the protocol with: its own server on loopback, called like any other participant. It reserves
 * and remembers nothing, so it keeps every promise even after a restart, and need not check the caller. It refuses to
 * prepare a payload of `{"refuse": true}`.
 */
export class DemoParticipant {
  /** While false, the participant cuts off every call without an answer. */
  answers = true;

  private constructor(
    private readonly server: Server,
    readonly settings: ParticipantSettings,
  ) {}

  static async start(): Promise<DemoParticipant> {
    const server = createServer((request, response) => {
      if (demo.answers) void serve(request, response);
      else request.socket.destroy();
    });
    server.requestTimeout = 5_000;
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const demo: DemoParticipant = new DemoParticipant(server, {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      secrets: [`whsec_${randomBytes(32).toString('base64')}`],
      timeoutMs: 1_000,
      concurrency: 8,
    });
    return demo;
  }

  async close(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }
}

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const { version, call, payload } = (await read(request)) as Record<string, unknown>;
    if (version !== PROTOCOL_VERSION) response.writeHead(400).end();
    else if (call === 'prepare' && isRefused(payload)) {
      response.writeHead(409, { 'content-type': 'application/problem+json' });
      response.end(JSON.stringify({ code: 'asked-to-refuse', detail: 'The payload asks it to refuse' }));
    } else response.writeHead(204).end();
  } catch {
    // The request is no call of this protocol, or is incomplete.
    response.writeHead(400).end();
  }
}

async function read(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) throw new Error('The body is too long');
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString());
}

function isRefused(payload: unknown): boolean {
  return typeof payload === 'object' && payload !== null && 'refuse' in payload && payload.refuse === true;
}

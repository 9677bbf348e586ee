import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { eventually } from '../kit/wait';

/** A request that a receiver got. */
export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly path: string;
}

/** What a webhook is sent, as far as tests look at it. */
export interface Sent {
  readonly type: string;
  readonly timestamp: string;
  readonly version: number;
  readonly data: Readonly<Record<string, unknown>>;
}

export type Behaviour = (response: ServerResponse, received: Received) => void;

export const accepts: Behaviour = (response) => response.writeHead(204).end();
export const fails: Behaviour = (response) => response.writeHead(503).end('not now');
export const hangs: Behaviour = () => undefined;

/** A receiver of webhooks on a real socket. It keeps what it gets, and answers as it is told. */
export class Receiver {
  readonly received: Received[] = [];

  private constructor(
    private readonly server: Server,
    readonly port: number,
    public behaves: Behaviour,
  ) {}

  get url(): string {
    return `http://127.0.0.1:${this.port}/hooks`;
  }

  static async start(behaves: Behaviour = accepts, port = 0): Promise<Receiver> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { headers, url: path = '' } = request;
        const received = { headers, body: Buffer.concat(chunks).toString('utf8'), path };
        receiver.received.push(received);
        receiver.behaves(response, received);
      });
    });
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    const receiver: Receiver = new Receiver(server, (server.address() as AddressInfo).port, behaves);
    return receiver;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** The requests that are about this subject and type, verified with the secret by the public library. */
  about(subject: string, secret: string): readonly Sent[] {
    return this.received
      .map((received) => verified(received, secret))
      .filter(({ data }) => data['transferId'] === subject || data['account'] === subject);
  }

  /** Resolves to the first request of a type about a subject. */
  until(type: string, subject: string, secret: string, deadlineMs = 60_000): Promise<Sent> {
    const find = () => this.about(subject, secret).find((sent) => sent.type === type);
    return eventually(`${type} of ${subject} is received`, find, { deadlineMs });
  }
}

/** Throws when the signature is not good. */
export function verified({ headers, body }: Received, secret: string): Sent {
  return new Webhook(secret).verify(body, headers as Record<string, string>) as Sent;
}

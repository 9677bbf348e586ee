import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';

/** What may happen to a call between coordinator and participant. */
export type Fault =
  /** The call passes unchanged. */
  | 'none'
  /** The call does not arrive. */
  | 'cut'
  /** The call is carried out, but its answer is lost. */
  | 'answer-lost'
  /** The call arrives twice at the same moment. */
  | 'doubled'
  /** The caller gets no answer, and the call arrives after the calls that follow it. */
  | 'late';

export interface Passed {
  readonly call: string;
  readonly fault: Fault;
}

const LATE_MS = 400;

/** A proxy between a coordinator and a participant. It does to each call what the test says. */
export class FaultyProxy {
  readonly passed: Passed[] = [];
  private readonly late = new Set<Promise<unknown>>();

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  /** `faultOf` is called with each call's name (`prepare`, `commit`, `abort`). `target` returns the participant's current address. */
  static async start(target: () => string, faultOf: (call: string) => Fault): Promise<FaultyProxy> {
    const server = createServer((incoming, response) => {
      proxy.pass(target(), faultOf, incoming, response).catch(() => response.destroy());
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const proxy: FaultyProxy = new FaultyProxy(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    return proxy;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
    await this.idle();
  }

  /** Resolves when no call is in flight any more. */
  async idle(): Promise<void> {
    await Promise.all(this.late);
  }

  private async pass(
    target: string,
    faultOf: (call: string) => Fault,
    incoming: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const body = await read(incoming);
    const call = incoming.url?.split('/').at(-1) ?? '';
    const fault = faultOf(call);
    this.passed.push({ call, fault });
    const send = () => forward(target, incoming, body);
    if (fault === 'late') {
      const sent = setTimeout(LATE_MS).then(send);
      this.late.add(sent.catch(() => undefined));
    } else if (fault === 'answer-lost') await send();
    if (fault !== 'none' && fault !== 'doubled') {
      response.destroy();
      return;
    }
    const [answer] = await Promise.all(fault === 'doubled' ? [send(), send()] : [send()]);
    response.writeHead(answer.status, { 'content-type': answer.contentType }).end(answer.body);
  }
}

interface Forwarded {
  readonly status: number;
  readonly contentType: string;
  readonly body: Buffer;
}

function forward(target: string, { url = '', method, headers }: IncomingMessage, body: Buffer): Promise<Forwarded> {
  return new Promise((resolve, reject) => {
    const outgoing = request(`${target}${url}`, { method, headers, agent: false }, (answer) => {
      read(answer).then((read) => {
        const { statusCode = 0, headers: answered } = answer;
        resolve({ status: statusCode, contentType: answered['content-type'] ?? '', body: read });
      }, reject);
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

async function read(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

import { Agent, type IncomingMessage, request } from 'node:http';
import type { Transport, TransportResponse } from '../../src/client/transport';

/** No complete answer arrived. A refused connection means that the request was certainly not carried out; otherwise it may have been. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';

  constructor(
    readonly why: 'refused' | 'reset' | 'timeout',
    cause?: Error,
  ) {
    super(`no answer: ${why}`, { cause });
  }
}

/**
 * Sends the requests of the typed client over kept connections, each with a time limit. It does not use `fetch`, which
 * takes four times the CPU per request on the machine that also runs the service under test.
 */
export class HttpTransport {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 256 });

  /** `timeoutMs` counts from the call to the end of the answer. */
  constructor(private readonly timeoutMs: number) {}

  /** Rejects with `NoAnswer`. Never sends a request twice: the workload decides about repetitions. */
  readonly send: Transport = ({ url, method, headers, body }) =>
    new Promise((resolve, reject) => {
      const sent = request(url, { agent: this.agent, method, headers });
      const timer = setTimeout(() => {
        fail(new NoAnswer('timeout'));
        sent.destroy();
      }, this.timeoutMs);
      const fail = (error: Error): void => {
        clearTimeout(timer);
        reject(error instanceof NoAnswer ? error : noAnswer(error));
      };
      sent.on('error', fail);
      sent.on('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', fail);
        response.on('end', () => {
          clearTimeout(timer);
          resolve(received(response, Buffer.concat(chunks).toString('utf8')));
        });
      });
      sent.end(body);
    });

  close(): void {
    this.agent.destroy();
  }
}

function received({ statusCode = 0, headers }: IncomingMessage, text: string): TransportResponse {
  return { status: statusCode, header: (name) => headers[name]?.toString(), text };
}

function noAnswer(error: NodeJS.ErrnoException): NoAnswer {
  return new NoAnswer(error.code === 'ECONNREFUSED' ? 'refused' : 'reset', error);
}

import { Agent, request } from 'node:http';

/** What the client knows after a call. */
export type Reply =
  | { readonly kind: 'answer'; readonly status: number; readonly body: unknown; readonly replayed: boolean }
  /** The connection was refused: the request was certainly not carried out. */
  | { readonly kind: 'not-sent' }
  /** A reset, a hang-up, a time-out or a 503: it may or may not have been carried out. */
  | { readonly kind: 'unknown'; readonly cause: UnknownCause };

export const UNKNOWN_CAUSES = ['reset', 'timeout', '503'] as const;
export type UnknownCause = (typeof UNKNOWN_CAUSES)[number];

export interface Call {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** A keep-alive client of one service process. Never retries by itself: that is the workload's decision. */
export class HttpClient {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 256 });

  constructor(
    private readonly port: number,
    private readonly timeoutMs: number,
  ) {}

  call({ method, path, headers, body }: Call): Promise<Reply> {
    const payload = body === undefined ? undefined : JSON.stringify(body);
    return new Promise((resolve) => {
      const req = request({
        host: '127.0.0.1',
        port: this.port,
        agent: this.agent,
        method,
        path,
        headers: {
          ...headers,
          ...(payload !== undefined && {
            'content-type': 'application/json',
            'content-length': String(Buffer.byteLength(payload)),
          }),
        },
      });
      const timer = setTimeout(() => {
        resolve({ kind: 'unknown', cause: 'timeout' });
        req.destroy();
      }, this.timeoutMs);
      const settle = (reply: Reply): void => {
        clearTimeout(timer);
        resolve(reply);
      };
      req.on('error', (error: NodeJS.ErrnoException) => {
        settle(error.code === 'ECONNREFUSED' ? { kind: 'not-sent' } : { kind: 'unknown', cause: 'reset' });
      });
      req.on('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', () => settle({ kind: 'unknown', cause: 'reset' }));
        response.on('end', () => {
          const replayed = response.headers['idempotency-replayed'] === 'true';
          settle(replyOf(response.statusCode ?? 0, Buffer.concat(chunks).toString('utf8'), replayed));
        });
      });
      req.end(payload);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}

function replyOf(status: number, text: string, replayed: boolean): Reply {
  if (status === 503) return { kind: 'unknown', cause: '503' };
  return { kind: 'answer', status, body: parse(text), replayed };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // An answer that is not JSON breaks the contract; the model reports it as it stands.
    return text;
  }
}

import { connect } from 'node:net';

/** Sends raw bytes and resolves with everything that comes back until the connection is closed. */
export function raw(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let received = '';
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    socket.on('data', (chunk) => {
      received += String(chunk);
    });
    socket.on('close', () => resolve(received));
    socket.on('error', reject);
  });
}

export interface RawReply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Sends exactly these lines as the head of a request, and reads the answer. `fetch` sends no `Host` of one's own. */
export async function rawCall(url: string, lines: readonly string[]): Promise<RawReply> {
  const answer = await raw(url, [...lines, 'Connection: close', '', ''].join('\r\n'));
  const [head = '', text = ''] = answer.split('\r\n\r\n');
  const [first = '', ...rest] = head.split('\r\n');
  const headers = new Headers(rest.map((line) => line.split(/: (.*)/s).slice(0, 2) as [string, string]));
  const isJson = /json/.test(headers.get('content-type') ?? '');
  return { status: Number(first.split(' ')[1]), headers, body: isJson ? (JSON.parse(text) as RawReply['body']) : {} };
}

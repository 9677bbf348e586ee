import type { Duplex } from 'node:stream';
import { uuidv7 } from '../../adapters/uuid';
import { problemOf } from './errors';
import type { Refusal } from './refusals';
import { DATA_HEADERS } from './securityHeaders';

/** Answers bytes that never became a request, in the same form as any refusal, and closes the connection. */
export function answerUnreadable(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, body } = problemOf(REFUSALS.get(error.code) ?? NOT_HTTP, uuidv7());
  const json = JSON.stringify(body);
  socket.end(
    `HTTP/1.1 ${status} ${String(body['title'])}\r\nConnection: close\r\nX-Request-Id: ${String(body['instance'])}\r\n` +
      `${HEADERS}Content-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(json)}\r\n\r\n${json}`,
  );
}

const HEADERS = Object.entries(DATA_HEADERS)
  .map(([name, value]) => `${name}: ${value}\r\n`)
  .join('');

/** Refusals by the error codes of node's HTTP server and its parser. */
const REFUSALS = new Map<string | undefined, Refusal>([
  ['HPE_HEADER_OVERFLOW', { kind: 'headers-too-large' }],
  ['ERR_HTTP_REQUEST_TIMEOUT', { kind: 'request-timed-out' }],
]);

const NOT_HTTP: Refusal = {
  kind: 'invalid-request',
  errors: [{ in: 'header', path: '', message: 'must be well-formed HTTP/1.1' }],
};

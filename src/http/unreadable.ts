import type { Duplex } from 'node:stream';
import { uuidv7 } from 'uuidv7';
import { problemOf } from './errors';
import type { Refusal } from './refusals';

/** Answers what never became a request, in the same form as everything else, and closes the connection. */
export function answerUnreadable(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, body } = problemOf(refusalOf(error.code), uuidv7());
  const json = JSON.stringify(body);
  socket.end(
    `HTTP/1.1 ${status} ${String(body['title'])}\r\nConnection: close\r\nX-Request-Id: ${String(body['instance'])}\r\n` +
      `Content-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(json)}\r\n\r\n${json}`,
  );
}

/** By the codes of node's HTTP server and of its parser. */
function refusalOf(code: string | undefined): Refusal {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return { kind: 'headers-too-large' };
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { kind: 'request-timed-out' };
    default:
      return { kind: 'invalid-request', errors: [{ in: 'header', path: '', message: 'must be well-formed HTTP/1.1' }] };
  }
}

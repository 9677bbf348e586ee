import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Message } from './message';

/**
 * When to cut the connection: this many milliseconds after the request was sent, or at the first byte of the answer,
 * when the work is done.
 */
export type CutWhen = number | 'answer';

/**
 * Sends one request on its own connection and cuts the connection. Resolves at the cut. The caller does not learn the
 * outcome of the call.
 */
export function sendAndCut(
  origin: string,
  { path, headers, body }: Message,
  when: CutWhen,
  timeoutMs: number,
): Promise<void> {
  const request = (origin.startsWith('https:') ? requestHttps : requestHttp)(origin + path, {
    method: 'PUT',
    headers: { ...headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
    agent: false,
    timeout: timeoutMs,
  });
  return new Promise((cut) => {
    const end = (): void => {
      request.destroy();
      cut();
    };
    // The participant cut the connection, or it was never made. The calls that follow show the outcome.
    request.on('error', end);
    request.on('timeout', end);
    request.on('response', end);
    request.end(body, () => {
      if (when === 0) end();
      else if (when !== 'answer') setTimeout(end, when);
    });
  });
}

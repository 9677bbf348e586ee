import type { IncomingMessage } from 'node:http';
import type { Refusal } from '../answers/refusals';
import { isLoopback } from '../auth/authenticator';

/** A name or an address, an IPv6 one in brackets, and a port. */
const HOST = /^(?<name>\[[0-9a-f:.]+\]|[^\s:/@[\]]+)(?::\d{1,5})?$/i;

/**
 * Refuses a request that does not have exactly one Host header (RFC 9112, 3.2): of two, each server on the way may use
 * a different one. HTTP/1.0 has none.
 */
export function refusalOfHostHeaders({ headers, rawHeaders, httpVersion }: IncomingMessage): Refusal | undefined {
  if (headers.host === undefined) return httpVersion === '1.0' ? undefined : wrongHost('is required');
  let count = 0;
  for (let n = 0; n < rawHeaders.length; n += 2) {
    const name = rawHeaders[n];
    if (name?.length === 4 && name.toLowerCase() === 'host') count += 1;
  }
  return count > 1 ? wrongHost('must be given once') : undefined;
}

function wrongHost(message: string): Refusal {
  return { kind: 'invalid-request', errors: [{ in: 'header', path: 'Host', message }] };
}

/**
 * Whether `Host` is a name that only this machine has, or one of `allowedHosts`. Any other name may be an attacker's: a
 * name that resolves to a loopback address makes the attacker's pages same-origin with ours (DNS rebinding). Only a
 * client that is no browser sends no name at all.
 */
export function speaksToLoopback(host: string | undefined, allowedHosts: readonly string[]): boolean {
  if (host === undefined) return true;
  const name = HOST.exec(host)?.groups?.['name']?.toLowerCase();
  if (name === undefined) return false;
  return isLoopback(name.replaceAll(/[[\]]/g, '')) || allowedHosts.includes(name) || allowedHosts.includes(host);
}

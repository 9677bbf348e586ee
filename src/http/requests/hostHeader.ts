import type { IncomingMessage } from 'node:http';
import type { Refusal } from '../answers/refusals';
import { isLoopback } from '../auth/authenticator';

/** A name or an address, an IPv6 one in brackets, and a port. */
const HOST = /^(?<name>\[[0-9a-f:.]+\]|[^\s:/@[\]]+)(?::\d{1,5})?$/i;

/**
 * The refusal of a request that does not say once to whom it speaks (RFC 9112, 3.2): two servers on its way may each
 * take another of two Host headers. HTTP/1.0 knows none.
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
 * Whether a request speaks to this machine by a name that only this machine has, or by one of `allowedHosts`. Any other
 * name may be an attacker's, who has it resolve to a loopback address to make pages of that name ours (DNS rebinding).
 * Only a client that is no browser sends no name at all.
 */
export function speaksToLoopback(host: string | undefined, allowedHosts: readonly string[]): boolean {
  if (host === undefined) return true;
  const name = HOST.exec(host)?.groups?.['name']?.toLowerCase();
  if (name === undefined) return false;
  return isLoopback(name.replaceAll(/[[\]]/g, '')) || allowedHosts.includes(name) || allowedHosts.includes(host);
}

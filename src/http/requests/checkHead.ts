import type { IncomingMessage } from 'node:http';
import type { Refusal } from '../answers/refusals';
import type { HttpDeps } from '../deps';
import { isForeign } from './foreignOrigin';
import { refusalOfHostHeaders, speaksToLoopback } from './hostHeader';

/** Matches `100-continue` as Node does. */
const CONTINUE = /(?:^|\W)100-continue(?:$|\W)/i;

const NOTHING_MORE = { hosts: [], origins: [] };

/** Refuses requests by their head alone. Runs before all routes, including the dashboard's. */
export function createHeadCheck({
  authenticator,
  allowed = NOTHING_MORE,
}: Pick<HttpDeps, 'authenticator' | 'allowed'>): (request: IncomingMessage) => Refusal | undefined {
  const servesAnyone = authenticator.anonymous.role !== 'anonymous';
  return (request) => {
    const { headers, httpVersion } = request;
    const wrongHost = refusalOfHostHeaders(request);
    if (wrongHost) return wrongHost;
    if (headers.expect !== undefined && httpVersion === '1.1' && !CONTINUE.test(headers.expect)) {
      return { kind: 'expectation-failed' };
    }
    if (servesAnyone && !speaksToLoopback(headers.host, allowed.hosts)) return { kind: 'foreign-origin', by: 'host' };
    if (isForeign(request, allowed.origins)) return { kind: 'foreign-origin', by: 'origin' };
    return undefined;
  };
}

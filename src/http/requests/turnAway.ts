import type { Request } from 'express';
import type { Refused } from '../answers/answer';
import type { HttpDeps } from '../deps';
import { identify } from './identify';
import type { RateLimit } from './rateLimit';
import type { Route } from './route';

/**
 * Resolves to a refusal for a caller that may not use the route, or exceeds its rate limit. Runs before the body is
 * read.
 */
export async function turnedAway(
  route: Pick<Route, 'access' | 'browser' | 'path'>,
  request: Request,
  deps: Pick<HttpDeps, 'authenticator'>,
  rateLimit: RateLimit | undefined,
): Promise<Refused | undefined> {
  // The signer is known, and counted, only once the body is read.
  if (route.access === 'signed') return undefined;
  const refused = await identify(route, request, deps);
  const tooOften = rateLimit && (await rateLimit(request, refused));
  if (tooOften) return tooOften;
  if (refused?.refusal.kind === 'unauthenticated' && refused.refusal.why !== undefined) {
    const { context, socket } = request;
    context.log.info({ route: route.path, address: socket.remoteAddress, why: refused.refusal.why }, 'token refused');
  }
  return refused;
}

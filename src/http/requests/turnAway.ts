import type { Request } from 'express';
import type { Refused } from '../answers/answer';
import type { HttpDeps } from '../deps';
import { identify } from './identify';
import type { RateLimit } from './rateLimit';
import type { Route } from './route';

/** Resolves to a refusal for who may not use the route, or asks too often. Nothing that they sent is read before. */
export async function turnedAway(
  route: Pick<Route, 'access' | 'browser' | 'path'>,
  request: Request,
  deps: Pick<HttpDeps, 'authenticator'>,
  rateLimit: RateLimit | undefined,
): Promise<Refused | undefined> {
  // Who signs is known when the body is read, and counted then.
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

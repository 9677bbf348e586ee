import type { Request } from 'express';
import { type Refused, refused } from './answer';
import { refusalOfRoute } from './auth/access';
import { credentialsOf } from './auth/credentials';
import { NOBODY } from './caller';
import type { HttpDeps } from './deps';
import type { Route } from './route';

/** Finds out who is asking, before anything that they sent is read. Resolves to a refusal, if it comes to one. */
export async function identify(
  { access, browser }: Pick<Route, 'access' | 'browser'>,
  { context, headers }: Request,
  { authenticator }: Pick<HttpDeps, 'authenticator'>,
): Promise<Refused | undefined> {
  if (access === 'public') return undefined;
  const credentials = credentialsOf(headers);
  const usable = credentials.kind === 'bearer' || (browser && credentials.kind === 'basic');
  const known = usable ? await authenticator.verify(credentials.token) : undefined;
  const sentToken = credentials.kind !== 'none';
  context.caller = known ?? (sentToken ? NOBODY : authenticator.anonymous);
  const refusal = refusalOfRoute(access, context.caller, sentToken);
  if (!refusal) return undefined;
  return refused(refusal.kind === 'unauthenticated' && browser ? { ...refusal, browser } : refusal);
}

import type { Request } from 'express';
import { type Refused, refused } from '../answers/answer';
import { refusalOfRoute } from '../auth/access';
import { credentialsOf } from '../auth/credentials';
import { refusedToken } from '../auth/verdict';
import type { HttpDeps } from '../deps';
import type { Route } from './route';

/** Identifies the caller before its body is read. Resolves to a refusal, if any. */
export async function identify(
  { access, browser = false }: Pick<Route, 'access' | 'browser'>,
  { context, headers }: Request,
  { authenticator }: Pick<HttpDeps, 'authenticator'>,
): Promise<Refused | undefined> {
  if (access === 'public' || access === 'signed') return undefined;
  const { anonymous } = authenticator;
  const credentials = credentialsOf(headers);
  if (credentials.kind === 'none') {
    context.caller = anonymous;
  } else {
    const verdict =
      credentials.kind === 'token'
        ? await authenticator.verify(credentials.token)
        : refusedToken('The header Authorization is not of the form: Bearer <token>.');
    if (verdict.kind === 'refused') return refused({ kind: 'unauthenticated', browser, why: verdict.why });
    context.caller = verdict.caller;
  }
  const refusal = refusalOfRoute(access, context.caller, anonymous);
  return refusal && refused(refusal.kind === 'unauthenticated' ? { ...refusal, browser } : refusal);
}

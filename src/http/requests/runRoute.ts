import type { Request, RequestHandler, Response } from 'express';
import { saysUnreachable } from '../../adapters/unreachable';
import { UnavailableError } from '../../engine/faults';
import { traced } from '../../engine/tracing';
import { type Outcome, type Refused, refused } from '../answers/answer';
import { refusalOfFault } from '../answers/errors';
import { send } from '../answers/send';
import type { HttpDeps } from '../deps';
import type { Admission } from './admission';
import { announcesTooMuch, ClientGone, hasBody, readJson } from './body';
import { checkSignature } from './checkSignature';
import { giveWay, mayWait } from './giveWay';
import type { RateLimit } from './rateLimit';
import type { Accepts, Claim, RawInput, Route } from './route';
import { turnedAway } from './turnAway';

/** The checks before every route. */
export interface Gates {
  readonly admission: Admission;
  readonly rateLimit: RateLimit | undefined;
  readonly load: HttpDeps['load'];
}

/**
 * The express handler of a route. A client that disconnects aborts nothing: its request continues, and counts as in
 * flight until it is done.
 */
export function runRoute(route: Route, deps: HttpDeps, { admission, rateLimit, load }: Gates): RequestHandler {
  const { bodyBytesMax = deps.limits.bodyBytesMax } = route;
  return async (request, response) => {
    const { context } = request;
    const check =
      route.access === 'signed'
        ? (body: Buffer) => checkSignature(request, body, deps.coordinators?.callers, rateLimit)
        : undefined;
    context.route = route.path;
    let places = admission.enter() ? 1 : 0;
    const claim: Claim = async (more) => {
      if (!admission.enter(more)) return admission.refuse(context);
      places += more;
      return rateLimit?.(request, undefined, more);
    };
    if (places === 0 && !route.alwaysAdmitted) {
      send(request, response, admission.refuse(context));
      return;
    }
    try {
      await traced(
        `${request.method} ${route.path}`,
        () => ({ 'http.request.method': request.method, 'http.route': route.path, 'tandem.request': context.id }),
        async (add) => {
          const refusal = await turnedAway(route, request, deps, rateLimit);
          // Not before the caller is known: a request that waits keeps a place, and strangers must not take places up.
          if (!refusal && !route.alwaysAdmitted && mayWait(request.headers)) await giveWay(load);
          send(request, response, refusal ?? (await outcomeOf(route, request, response, claim, bodyBytesMax, check)));
          add({ 'http.response.status_code': response.statusCode });
        },
      );
    } catch (error) {
      sendFault(request, response, error);
    } finally {
      admission.leave(places);
    }
  };
}

async function outcomeOf(
  route: Route,
  request: Request,
  response: Response,
  claim: Claim,
  bodyBytesMax: number,
  check?: (body: Buffer) => Promise<Refused | undefined>,
): Promise<Outcome> {
  if (announcesTooMuch(request, bodyBytesMax)) return refused({ kind: 'payload-too-large', bytesMax: bodyBytesMax });
  const { params, headers, context } = request;
  const accepts: Accepts = (...types) => request.accepts(types);
  const gone = () => goneWith(response);
  const input: RawInput = { params, query: () => request.query, body: {}, headers, accepts, claim, gone, context };
  if (!route.schemas.body) return (await hasBody(request)) ? refused(NO_BODY) : route.handle(input);
  const read = await readJson(request, bodyBytesMax, check);
  switch (read.kind) {
    case 'absent':
      return route.handle(input);
    case 'json':
      return route.handle({ ...input, body: read.value });
    case 'refused':
      return read;
  }
}

function goneWith(response: Response): AbortSignal {
  const gone = new AbortController();
  if (response.destroyed) gone.abort();
  else response.once('close', () => gone.abort());
  return gone.signal;
}

/** A client could believe that an unread body had an effect, so a body is refused. */
const NO_BODY = {
  kind: 'invalid-request',
  errors: [{ in: 'body', path: '', message: 'must not be there: this path takes no body' }],
} as const;

/** Answers an exception. Logs its details, and sends none of them to the client. */
export function sendFault(request: Request, response: Response, error: unknown): void {
  const { context } = request;
  if (error instanceof ClientGone) {
    context.log.debug({ route: context.route }, error.message);
    response.destroy();
    return;
  }
  context.isTold = isAway(error);
  const isCall = context.caller.role === 'coordinator';
  const isKeyed = !isCall && request.headers['idempotency-key'] !== undefined;
  const refusal = refusalOfFault(error, isKeyed, isCall);
  if (refusal.kind === 'internal-error') context.log.error({ err: error, route: context.route }, 'request failed');
  else context.log.debug({ err: error, route: context.route }, 'request refused');
  send(request, response, refused(refusal));
}

/** Excludes a lock that another session holds: only this request knows of that. */
function isAway(error: unknown): boolean {
  if (!(error instanceof UnavailableError) || error.away === 'lock') return false;
  return error.away !== 'database' || saysUnreachable(error.cause);
}

import type { Request, RequestHandler, Response } from 'express';
import { traced } from '../engine/tracing';
import { type Outcome, refused } from './answer';
import { announcesTooMuch, ClientGone, readJson } from './body';
import type { HttpDeps } from './deps';
import { refusalOfFault } from './errors';
import { identify } from './identify';
import type { RateLimit } from './rateLimit';
import type { RawInput, Route } from './route';
import { send } from './send';

/** Counts the requests that are being answered. Bounds memory: over the limit the answer is no, at once. */
export class Admission {
  private running = 0;

  constructor(private readonly max: number) {}

  get inFlight(): number {
    return this.running;
  }

  enter(): boolean {
    if (this.running >= this.max) return false;
    this.running += 1;
    return true;
  }

  leave(): void {
    this.running -= 1;
  }
}

/** What stands before every route. */
export interface Gates {
  readonly admission: Admission;
  readonly rateLimit: RateLimit | undefined;
}

/**
 * The express handler of a route. A client that hangs up aborts nothing: what it asked for goes on, and counts as in
 * flight until it is done.
 */
export function runRoute(route: Route, deps: HttpDeps, { admission, rateLimit }: Gates): RequestHandler {
  const { bodyBytesMax } = deps.limits;
  return async (request, response) => {
    const { context } = request;
    context.route = route.path;
    const admitted = admission.enter();
    if (!admitted && !route.alwaysAdmitted) {
      send(request, response, refused({ kind: 'overloaded' }));
      return;
    }
    try {
      await traced(
        `${request.method} ${route.path}`,
        () => ({ 'http.request.method': request.method, 'http.route': route.path, 'tandem.request': context.id }),
        async (add) => {
          const turnedAway = (await identify(route, request, deps)) ?? (rateLimit && (await rateLimit(request)));
          send(request, response, turnedAway ?? (await outcomeOf(route, request, bodyBytesMax)));
          add({ 'http.response.status_code': response.statusCode });
        },
      );
    } catch (error) {
      sendFault(request, response, error);
    } finally {
      if (admitted) admission.leave();
    }
  };
}

async function outcomeOf(route: Route, request: Request, bodyBytesMax: number): Promise<Outcome> {
  if (announcesTooMuch(request, bodyBytesMax)) return refused({ kind: 'payload-too-large', bytesMax: bodyBytesMax });
  const { params, headers, context } = request;
  const input: RawInput = { params, query: () => request.query, body: {}, headers, context };
  if (!route.schemas.body) return route.handle(input);
  const read = await readJson(request, bodyBytesMax);
  switch (read.kind) {
    case 'absent':
      return route.handle(input);
    case 'json':
      return route.handle({ ...input, body: read.value });
    case 'refused':
      return read;
  }
}

/** Answers an exception. What it was goes into the log, and nothing of it to the client. */
export function sendFault(request: Request, response: Response, error: unknown): void {
  const { context } = request;
  if (error instanceof ClientGone) {
    context.log.debug({ route: context.route }, error.message);
    response.destroy();
    return;
  }
  const refusal = refusalOfFault(error, request.headers['idempotency-key'] !== undefined);
  if (refusal.kind === 'internal-error') context.log.error({ err: error, route: context.route }, 'request failed');
  else context.log.debug({ err: error, route: context.route }, 'request refused');
  send(request, response, refused(refusal));
}

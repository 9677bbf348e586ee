import { parse } from 'node:querystring';
import express, { type Express, type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import { refused } from './answers/answer';
import { send } from './answers/send';
import type { HttpDeps } from './deps';
import { mountPage } from './mountPage';
import { Admission } from './requests/admission';
import { createHeadCheck } from './requests/checkHead';
import { createRateLimit } from './requests/rateLimit';
import { RequestContext } from './requests/requestContext';
import type { Route } from './requests/route';
import { type Gates, runRoute, sendFault } from './requests/runRoute';
import { allRoutes } from './routes';

/** The service as an express application, built separately from listening. */
export function createApp(deps: HttpDeps): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.enable('case sensitive routing');
  app.enable('strict routing');
  // Node's parser drops parameters after the thousandth, unless it is told not to. The limit of the headers bounds them.
  app.set('query parser', (text: string) => parse(text, '&', '=', { maxKeys: 0 }));
  app.use(begin(deps));
  const { requestsInFlightMax, requestsPerSecond } = deps.limits;
  const gates: Gates = {
    admission: new Admission(requestsInFlightMax),
    rateLimit: requestsPerSecond === undefined ? undefined : createRateLimit(requestsPerSecond),
    load: deps.load,
  };
  for (const [path, routes] of byPath(allRoutes(deps))) {
    const page = routes.find(({ mounted }) => mounted);
    if (page?.mounted) mountPage(app, page, page.mounted, deps, gates.rateLimit);
    else mount(app, path, routes, deps, gates);
  }
  app.use((request, response) => send(request, response, refused({ kind: 'not-found' })));
  app.use(answerFault);
  return app;
}

/** Gives the request its context, before anything can refuse it. */
function begin(deps: HttpDeps): RequestHandler {
  const { log, metrics } = deps;
  const refusalOfHead = createHeadCheck(deps);
  return (request, response, next) => {
    const context = new RequestContext(request, log, metrics);
    request.context = context;
    const refusal = refusalOfHead(request);
    if (refusal) send(request, response, refused(refusal));
    else next();
  };
}

function byPath(routes: readonly Route[]): Map<string, Route[]> {
  const paths = new Map<string, Route[]>();
  for (const route of routes) paths.set(route.path, [...(paths.get(route.path) ?? []), route]);
  return paths;
}

function mount(app: Express, path: string, routes: readonly Route[], deps: HttpDeps, gates: Gates): void {
  const mounted = app.route(path.replaceAll(/\{(\w+)\}/g, ':$1'));
  for (const route of routes) mounted[route.method](runRoute(route, deps, gates));
  const allow = routes.flatMap(({ method }) => (method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()]));
  mounted.all((request, response) => {
    request.context.route = path;
    send(request, response, refused({ kind: 'method-not-allowed', allow }));
  });
}

/** Answers errors of express itself, such as a path with invalid escapes, and errors that no handler caught. */
function answerFault(error: unknown, request: Request, response: Response, _next: NextFunction): void {
  if (error instanceof URIError) {
    const errors = [{ in: 'path', path: '', message: 'must be well-formed percent-encoded UTF-8' }] as const;
    send(request, response, refused({ kind: 'invalid-request', errors }));
    return;
  }
  sendFault(request, response, error);
}

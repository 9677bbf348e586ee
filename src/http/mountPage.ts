import type { Express, Request, RequestHandler } from 'express';
import { refused } from './answer';
import type { HttpDeps } from './deps';
import { identify } from './identify';
import type { Route } from './route';
import { sendFault } from './runRoute';
import { DASHBOARD_HEADERS, setHeaders } from './securityHeaders';
import { send } from './send';

/** Mounts a part of the service that brings pages and routes of its own, behind the rule of one route. */
export function mountPage(app: Express, route: Route, mounted: RequestHandler, deps: HttpDeps): void {
  const turnedAway = async (request: Request) => (await identify(route, request, deps)) ?? foreign(request);
  const guard: RequestHandler = (request, response, goOn) => {
    request.context.route = route.path;
    turnedAway(request)
      .then((refusal) => {
        if (refusal) return send(request, response, refusal);
        setHeaders(response, DASHBOARD_HEADERS);
        return goOn();
      })
      .catch((error: unknown) => sendFault(request, response, error));
  };
  app.use(route.path, guard, mounted);
}

/** A browser adds its password to requests that other sites make it send; those may look, but not act. */
function foreign({ method, headers }: Request) {
  const site = headers['sec-fetch-site'];
  const harmless = method === 'GET' || method === 'HEAD' || site === undefined || site === 'same-origin';
  return harmless ? undefined : refused({ kind: 'forbidden' });
}

import type { Express, RequestHandler } from 'express';
import { DASHBOARD_HEADERS, DATA_HEADERS, setHeaders } from './answers/securityHeaders';
import { send } from './answers/send';
import type { HttpDeps } from './deps';
import type { RateLimit } from './requests/rateLimit';
import type { Route } from './requests/route';
import { sendFault } from './requests/runRoute';
import { turnedAway } from './requests/turnAway';

/** Mounts a handler with its own pages and routes, behind the access rule of one route. */
export function mountPage(
  app: Express,
  route: Route,
  mounted: RequestHandler,
  deps: HttpDeps,
  rateLimit: RateLimit | undefined,
): void {
  const guard: RequestHandler = (request, response, goOn) => {
    request.context.route = route.path;
    turnedAway(route, request, deps, rateLimit)
      .then((refusal) => {
        if (refusal) return send(request, response, refusal);
        response.setHeader('X-Request-Id', request.context.id);
        setHeaders(response, { ...DATA_HEADERS, ...DASHBOARD_HEADERS });
        return goOn();
      })
      .catch((error: unknown) => sendFault(request, response, error));
  };
  app.use(route.path, guard, mounted);
}

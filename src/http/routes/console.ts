import { serveConsole } from '../console/serveConsole';
import type { HttpDeps } from '../deps';
import { PAGE } from '../examples/documentation';
import { type Route, route } from '../requests/route';
import { pageSchema } from '../schemas/documentation';

const CONSOLE_PATH = '/console';

/** The pages for people. They use only this API, so everything they show can be scripted. */
export function consoleRoutes({ authenticator, demo }: Pick<HttpDeps, 'authenticator' | 'demo'>): Route[] {
  const isOpen = authenticator.anonymous.role !== 'anonymous';

  const console = route({
    method: 'get',
    path: CONSOLE_PATH,
    name: 'console',
    summary: 'Pages for people; a browser logs in with any name and the admin token as password',
    description:
      'Search, one transfer with its phases, what is stuck, one account, and how the service does now. Everything on them comes from the other paths of this API, but for one thing: without authentication, `POST /console/demo/off` and `POST /console/demo/on` switch the participant `demo` off and on, and `GET /console/demo` tells which it is.',
    example: {},
    tag: 'operations',
    access: { kind: 'admin' },
    browser: true,
    mounted: serveConsole(CONSOLE_PATH, isOpen, demo),
    responses: {
      200: {
        description: 'The page.',
        schema: pageSchema,
        example: PAGE,
        contentType: 'text/html',
        headers: ['Vary'],
      },
    },
    refusals: [],
    handler: () => Promise.reject(new Error('the console answers for itself')),
  });

  return [console];
}

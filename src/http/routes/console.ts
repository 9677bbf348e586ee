import { serveConsole } from '../console/serveConsole';
import type { HttpDeps } from '../deps';
import { PAGE } from '../examples/documentation';
import { type Route, route } from '../requests/route';
import { pageSchema } from '../schemas/documentation';

const CONSOLE_PATH = '/console';

/** The pages for people. They know nothing that this API does not tell, so that whatever they show can be scripted. */
export function consoleRoutes({ authenticator }: Pick<HttpDeps, 'authenticator'>): Route[] {
  const isOpen = authenticator.anonymous.role !== 'anonymous';

  const console = route({
    method: 'get',
    path: CONSOLE_PATH,
    name: 'console',
    summary: 'Pages for people; a browser logs in with any name and the admin token as password',
    description:
      'Search, one transfer with its phases, what is stuck, one account, and how the service does now. Everything on them comes from the other paths of this API.',
    example: {},
    tag: 'operations',
    access: { kind: 'admin' },
    browser: true,
    mounted: serveConsole(CONSOLE_PATH, isOpen),
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

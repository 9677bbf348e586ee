import { answer, page } from '../answer';
import type { HttpDeps } from '../deps';
import { docsPage } from '../docsPage';
import { once } from '../once';
import { describe } from '../openapi';
import { type Route, route } from '../route';
import { indexSchema, openApiSchema, pageSchema } from '../schemas/documentation';
import { DOCUMENT_HEADERS } from '../securityHeaders';

const TAG = 'documentation';

/** Routes that tell of all routes, of themselves too. */
export function documentationRoutes(deps: Pick<HttpDeps, 'name' | 'version'>, others: readonly Route[]): Route[] {
  const { name, version } = deps;

  const index: Route = route({
    method: 'get',
    path: '/',
    name: 'index',
    summary: 'What this is, and which routes there are',
    tag: TAG,
    access: { kind: 'public' },
    responses: { 200: { description: 'The routes of this version.', schema: indexSchema } },
    refusals: [],
    handler: async () => answer(200, { name, version, links }),
  });

  const openapi: Route = route({
    method: 'get',
    path: '/openapi.json',
    name: 'openapi',
    summary: 'This API as an OpenAPI 3.1 document',
    tag: TAG,
    access: { kind: 'public' },
    responses: { 200: { description: 'The document.', schema: openApiSchema } },
    refusals: [],
    handler: async () => answer(200, document()),
  });

  const docs: Route = route({
    method: 'get',
    path: '/docs',
    name: 'docs',
    summary: 'This API as a page for people',
    tag: TAG,
    access: { kind: 'public' },
    responses: { 200: { description: 'The page.', schema: pageSchema, contentType: 'text/html' } },
    refusals: [],
    handler: async () => page('text/html; charset=utf-8', html(), Object.fromEntries(DOCUMENT_HEADERS)),
  });

  const routes: readonly Route[] = [...others, index, openapi, docs];
  const links = routes.map(({ method, path }) => ({ method: method.toUpperCase(), path }));
  // Written when first asked for: a fifth of a second that a process which comes back after a crash has better use for.
  const document = once(() => describe(routes, { name, version }));
  const html = once(() => docsPage(document()));
  return [index, openapi, docs];
}

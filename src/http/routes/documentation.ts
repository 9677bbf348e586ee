import { answer, page } from '../answers/answer';
import { DOCUMENT_HEADERS } from '../answers/securityHeaders';
import type { HttpDeps } from '../deps';
import { addressOf } from '../docs/address';
import { indexPage } from '../docs/indexPage';
import { tokenFor } from '../docs/tokens';
import { INDEX, OPENAPI, PAGE } from '../examples/documentation';
import { once } from '../once';
import { type Route, route } from '../requests/route';
import { indexSchema, openApiSchema, pageSchema } from '../schemas/documentation';

const TAG = 'documentation';
const HTML = 'text/html; charset=utf-8';
/** The format depends on the client's `Accept`, so caches must keep the formats apart. */
const VARY = { Vary: 'Accept' };

type Deps = Pick<HttpDeps, 'name' | 'version' | 'authenticator'>;

/** Routes that describe all routes, including themselves. */
export function documentationRoutes(deps: Deps, others: readonly Route[]): Route[] {
  const { name, version, authenticator } = deps;

  const index: Route = route({
    method: 'get',
    path: '/',
    name: 'index',
    summary: 'What this is, and which routes there are',
    description: 'JSON, or a page with links where `Accept` asks for HTML before JSON, as browsers do.',
    example: {},
    tag: TAG,
    access: { kind: 'public' },
    responses: {
      200: {
        description: 'The routes of this version.',
        schema: indexSchema,
        example: INDEX,
        page: PAGE,
        headers: ['Vary'],
      },
    },
    refusals: [],
    handler: async ({ accepts }) =>
      accepts('json', 'html') === 'html'
        ? page(HTML, indexHtml(), { ...DOCUMENT_HEADERS, ...VARY })
        : answer(200, { name, version, links }, VARY),
  });

  const openapi: Route = route({
    method: 'get',
    path: '/openapi.json',
    name: 'openapi',
    summary: 'This API as an OpenAPI 3.1 document',
    description: 'Made from the schemas that validate the requests, for generators of clients and other tools.',
    example: {},
    tag: TAG,
    access: { kind: 'public' },
    responses: { 200: { description: 'The document.', schema: openApiSchema, example: OPENAPI } },
    refusals: [],
    handler: async () => answer(200, (await written()).json),
  });

  const docs: Route = route({
    method: 'get',
    path: '/docs',
    name: 'docs',
    summary: 'This API as a page for people',
    description:
      'Every operation with a line for the shell, its parameters, and what it answers. It loads nothing else.',
    example: {},
    tag: TAG,
    access: { kind: 'public' },
    responses: { 200: { description: 'The page.', schema: pageSchema, example: PAGE, contentType: 'text/html' } },
    refusals: [],
    handler: async ({ headers }) => page(HTML, (await written()).html(addressOf(headers)), DOCUMENT_HEADERS),
  });

  const routes: readonly Route[] = [...others, index, openapi, docs];
  const links = routes.map(({ method, path }) => ({ method: method.toUpperCase(), path }));
  const accesses = new Map(routes.map((one) => [one.name, one.access]));
  const tokenOf = (operationId: string) => tokenFor(accesses.get(operationId) ?? 'public', authenticator);
  // Loaded and written at the first request: a process that restarts after a crash has more urgent work.
  const written = once(() => {
    const { write } = require('../docs/write') as typeof import('../docs/write');
    return write(routes, { name, version }, tokenOf);
  });
  const indexHtml = once(() => indexPage({ name, version, links }));
  return [index, openapi, docs];
}

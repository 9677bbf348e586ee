import { setImmediate as others } from 'node:timers/promises';
import { z } from 'zod';
import type { AccessKind } from '../auth/access';
import type { RequestExample } from '../requests/documented';
import type { Route } from '../requests/route';
import type { Json, OpenApi, Operation, Parameter } from './document';
import { REQUEST_HEADERS, RESPONSE_HEADERS } from './headers';
import { JsonSchemas } from './jsonSchemas';
import { problemExamples, responsesOf } from './responses';
import { TAGS } from './tags';
import { WEBHOOK_SIGNATURE, webhookOperation } from './webhook';

export type { OpenApi } from './document';

/**
 * Describes the existing routes by the schemas that serve them (OpenAPI 3.1). Describes one route at a time, so that
 * the process can answer requests in between.
 */
export async function describe(routes: readonly Route[], about: { name: string; version: string }): Promise<OpenApi> {
  const schemas = new JsonSchemas();
  const paths: Record<string, Record<string, Operation>> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method]: operationOf(route, schemas) };
    await others();
  }
  const webhooks = routes.some(({ tag }) => tag === 'webhooks') && { event: { post: webhookOperation(schemas) } };
  const used = new Set(routes.map(({ tag }) => tag));
  const tags = Object.entries(TAGS).map(([name, description]) => ({ name, description }));
  return {
    openapi: '3.1.0',
    info: {
      title: about.name,
      version: about.version,
      summary: 'Two accounts that move together or not at all',
      description: DESCRIPTION,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/', description: 'The service that this document comes from.' }],
    tags: tags.filter(({ name }) => [...used].some((tag) => tag === name)),
    security: [TOKEN, PASSWORD],
    paths,
    ...(webhooks && { webhooks }),
    components: {
      schemas: schemas.named,
      headers: usedIn(paths, 'headers', RESPONSE_HEADERS),
      examples: usedIn(paths, 'examples', problemExamples()),
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: '`Authorization: Bearer <token>`.' },
        ...(routes.some(({ access }) => access === 'signed') && { signature: SIGNATURE }),
        ...(webhooks && { webhook: WEBHOOK_SIGNATURE }),
        password: { type: 'http', scheme: 'basic', description: 'For browsers: any name, the token as the password.' },
      },
    },
  };
}

/** The components that a path refers to: a process that serves fewer routes needs fewer. */
function usedIn<T>(paths: OpenApi['paths'], kind: string, all: Readonly<Record<string, T>>): Record<string, T> {
  const text = JSON.stringify(paths);
  return Object.fromEntries(Object.entries(all).filter(([name]) => text.includes(`"#/components/${kind}/${name}"`)));
}

const TOKEN: Json = { token: [] };
const PASSWORD: Json = { password: [] };

const SIGNATURE: Json = {
  type: 'apiKey',
  in: 'header',
  name: 'webhook-signature',
  description:
    'Standard Webhooks: `v1,` and base64 of HMAC-SHA256 over `webhook-id.webhook-timestamp.body`, with a secret of `PARTICIPANT_SECRETS`.',
};

const DESCRIPTION = `Amounts and balances are integers in minor units (cents). Refusals are \`application/problem+json\`
(RFC 9457) with a stable \`code\`. Give every POST that takes an \`Idempotency-Key\` one, and repeat it under the same key until
you have an answer. Any request may also be refused with 404 \`not-found\`, 405 \`method-not-allowed\`, 408
\`request-timed-out\`, 417 \`expectation-failed\` and 431 \`headers-too-large\`.`.replaceAll('\n', ' ');

/** Who may call, as a sentence. */
const CALLERS: Record<AccessKind, string> = {
  public: 'Needs no token.',
  signed: 'For services with a secret in `PARTICIPANT_SECRETS`.',
  account: 'For the owner of the account, services and admins.',
  funds: 'For services and admins.',
  transfers: 'For owners, services and admins.',
  service: 'For services and admins.',
  wallet: 'For owners and admins: the wallet is the one of the token’s owner.',
  admin: 'For admins.',
};

function operationOf(route: Route, schemas: JsonSchemas): Operation {
  const { params, query, body } = route.schemas;
  const { example } = route;
  return {
    operationId: route.name,
    summary: route.summary,
    description: `${route.description} ${CALLERS[route.access]}`,
    tags: [route.tag],
    ...(route.access === 'public' && { security: [] }),
    ...(route.access === 'signed' && { security: [{ signature: [] }] }),
    parameters: [
      ...parametersOf(params, 'path', example.params, schemas),
      ...parametersOf(query, 'query', example.query, schemas),
      ...(route.headers ?? []).map((name) => headerOf(name, example)),
    ],
    ...(body && {
      requestBody: {
        required: !body.safeParse({}).success,
        content: { 'application/json': { schema: schemas.of(body, 'input'), example: example.body } },
      },
    }),
    responses: responsesOf(route, schemas),
  };
}

function parametersOf(
  schema: z.ZodType | undefined,
  where: 'path' | 'query',
  examples: RequestExample['params'],
  schemas: JsonSchemas,
): Parameter[] {
  if (!(schema instanceof z.ZodObject)) return [];
  return Object.entries(schema.shape as Record<string, z.ZodType>).map(([name, field]) => {
    const { description, default: said } = z.globalRegistry.get(field) ?? {};
    const example = examples?.[name];
    const absent = field.safeParse(undefined);
    // The value of a missing parameter is its default, unless the route applies one itself.
    const fallback = absent.data ?? said;
    const schema = schemas.of(field, 'input');
    return {
      name,
      in: where,
      required: where === 'path' || !absent.success,
      ...(description !== undefined && { description }),
      schema: isObject(schema) && fallback !== undefined ? { ...schema, default: fallback } : schema,
      ...(example !== undefined && { example }),
    };
  });
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null;
}

function headerOf(name: NonNullable<Route['headers']>[number], { headers }: RequestExample): Parameter {
  const known = REQUEST_HEADERS[name];
  return { ...known, example: headers?.[name] ?? known.example };
}

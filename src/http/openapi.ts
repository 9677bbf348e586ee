import { STATUS_CODES } from 'node:http';
import { z } from 'zod';
import type { AccessKind } from './auth/access';
import { STATUS_OF } from './errors';
import type { RefusalKind } from './refusals';
import type { Route } from './route';
import { problemSchema } from './schemas/problem';

export type Json = { readonly [key: string]: unknown };

export interface OpenApi {
  readonly openapi: '3.1.0';
  readonly info: Json;
  readonly security: readonly Json[];
  readonly paths: { readonly [path: string]: { readonly [method: string]: Operation } };
  readonly components: { readonly schemas: Json; readonly securitySchemes: Json };
}

export interface Operation extends Json {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly required: boolean; readonly content: Content };
  readonly responses: { readonly [status: string]: Response };
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly description?: string;
  readonly schema: unknown;
}

export type Content = { readonly [type: string]: { readonly schema: unknown } };

export interface Response {
  readonly description: string;
  readonly content?: Content;
}

/** Describes the routes that exist, by the very schemas that they are served with (OpenAPI 3.1). */
export function describe(routes: readonly Route[], about: { name: string; version: string }): OpenApi {
  const schemas = new Schemas();
  const paths: Record<string, Record<string, Operation>> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method]: operationOf(route, schemas) };
  }
  return {
    openapi: '3.1.0',
    info: { title: about.name, version: about.version, summary: 'Two accounts that move together or not at all' },
    security: [{ token: [] }],
    paths,
    components: {
      schemas: schemas.named,
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
    },
  };
}

/** JSON Schemas of zod schemas; those with a name become components. */
class Schemas {
  readonly named: Record<string, unknown> = {};

  of(schema: z.ZodType, io: 'input' | 'output'): unknown {
    // Inside an object a named schema becomes a reference, which at the top it would not.
    const { properties, $defs } = z.toJSONSchema(z.object({ it: schema }), { io, unrepresentable: 'any' });
    for (const [name, definition] of Object.entries($defs ?? {})) this.named[name] = relocated(definition);
    return relocated(properties?.['it']);
  }
}

function relocated(schema: unknown): unknown {
  return JSON.parse(JSON.stringify(schema ?? {}).replaceAll('"#/$defs/', '"#/components/schemas/'));
}

function operationOf(route: Route, schemas: Schemas): Operation {
  const { params, query, body } = route.schemas;
  return {
    operationId: route.name,
    summary: route.summary,
    tags: [route.tag],
    ...(route.access === 'public' && { security: [] }),
    parameters: [
      ...parametersOf(params, 'path', schemas),
      ...parametersOf(query, 'query', schemas),
      ...(route.headers ?? []).map((name) => HEADERS[name]),
    ],
    ...(body && {
      requestBody: {
        required: !body.safeParse({}).success,
        content: { 'application/json': { schema: schemas.of(body, 'input') } },
      },
    }),
    responses: merged(successes(route, schemas), problems(route, schemas)),
  };
}

function parametersOf(schema: z.ZodType | undefined, where: 'path' | 'query', schemas: Schemas): Parameter[] {
  if (!(schema instanceof z.ZodObject)) return [];
  return Object.entries(schema.shape).map(([name, field]) => ({
    name,
    in: where,
    required: where === 'path' || !(field as z.ZodType).safeParse(undefined).success,
    schema: schemas.of(field as z.ZodType, 'input'),
  }));
}

const HEADERS: Record<NonNullable<Route['headers']>[number], Parameter> = {
  'Idempotency-Key': {
    name: 'Idempotency-Key',
    in: 'header',
    required: false,
    description: 'Repeat a request under the same key and it is carried out once; the first answer comes again.',
    schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[\\x20-\\x7e]+$' },
  },
  Prefer: {
    name: 'Prefer',
    in: 'header',
    required: false,
    description: '`respond-async`: answer 202 at once instead of waiting for the end (RFC 7240).',
    schema: { type: 'string' },
  },
};

function successes(route: Route, schemas: Schemas): Record<string, Response> {
  return Object.fromEntries(
    Object.entries(route.responses).map(([status, { description, schema, contentType = 'application/json' }]) => [
      status,
      { description, ...(schema && { content: { [contentType]: { schema: schemas.of(schema, 'output') } } }) },
    ]),
  );
}

function problems(route: Route, schemas: Schemas): Record<string, Response> {
  const byStatus = new Map<number, RefusalKind[]>();
  for (const kind of new Set([...route.refusals, ...generalRefusals(route)])) {
    byStatus.set(STATUS_OF[kind], [...(byStatus.get(STATUS_OF[kind]) ?? []), kind]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, kinds]) => [
      status,
      {
        description: `${STATUS_CODES[status] ?? ''}: ${kinds.map((kind) => `\`${kind}\``).join(', ')}.`,
        content: { 'application/problem+json': { schema: schemas.of(problemSchema, 'output') } },
      },
    ]),
  );
}

/** One status may have an answer of its own beside problems. */
function merged(first: Record<string, Response>, second: Record<string, Response>): Record<string, Response> {
  const both = { ...second };
  for (const [status, { description, content }] of Object.entries(first)) {
    const other = second[status];
    both[status] = {
      description: other ? `${description} ${other.description}` : description,
      content: { ...content, ...other?.content },
    };
  }
  return both;
}

/** What any such route may be refused with. */
function generalRefusals({ access, schemas: { params, query, body }, headers }: Route): readonly RefusalKind[] {
  return [
    ...(params || query || body || headers ? (['invalid-request'] as const) : []),
    ...(body ? (['unsupported-media-type'] as const) : []),
    'payload-too-large',
    ...ACCESS_REFUSALS[access],
    'rate-limited',
    'overloaded',
    'unavailable',
    'internal-error',
  ];
}

const ACCESS_REFUSALS: Record<AccessKind, readonly RefusalKind[]> = {
  public: [],
  account: ['unauthenticated', 'account-not-found'],
  transfers: ['unauthenticated'],
  wallet: ['unauthenticated', 'forbidden'],
  admin: ['unauthenticated', 'forbidden'],
};

import { STATUS_CODES } from 'node:http';
import { problemOf, STATUS_OF } from '../answers/errors';
import { BRANCH_REFUSALS, type RefusalKind } from '../answers/refusals';
import type { AccessKind } from '../auth/access';
import type { Route } from '../requests/route';
import { entriesCsvSchema } from '../schemas/accounts';
import { pageSchema } from '../schemas/documentation';
import { streamSchema } from '../schemas/events';
import { problemSchema } from '../schemas/problem';
import type { Content, Json, Response } from './document';
import { expectDocumented, headerReferences, type ResponseHeader } from './headers';
import type { JsonSchemas } from './jsonSchemas';
import { REFUSAL_EXAMPLES } from './refusalExamples';

const KINDS = Object.keys(REFUSAL_EXAMPLES) as RefusalKind[];

/** The answers of a route: its successes, and every possible refusal. */
export function responsesOf(route: Route, schemas: JsonSchemas): Record<string, Response> {
  return merged(successes(route, schemas), problems(route, schemas));
}

/** An example problem of each kind, as it is sent. */
export function problemExamples(): Json {
  return Object.fromEntries(KINDS.map((kind) => [kind, { value: problemOf(REFUSAL_EXAMPLES[kind], EXAMPLE_ID).body }]));
}

const EXAMPLE_ID = '019aa8c4-7c00-7000-8000-0123456789ab';

function successes(route: Route, schemas: JsonSchemas): Record<string, Response> {
  const replayable: readonly ResponseHeader[] = isKeyed(route) ? ['Idempotency-Replayed'] : [];
  return Object.fromEntries(
    Object.entries(route.responses).map(([status, documented]) => [
      status,
      {
        description: documented.description,
        headers: headerReferences(['X-Request-Id', ...(documented.headers ?? []), ...replayable]),
        ...(documented.schema && { content: contentOf(documented, schemas) }),
      },
    ]),
  );
}

type WithBody = Extract<Route['responses'][number], { readonly example: unknown }>;

function contentOf(
  { schema, example, contentType = 'application/json', page, stream, csv }: WithBody,
  schemas: JsonSchemas,
): Content {
  return {
    [contentType]: { schema: schemas.of(schema, 'output'), example },
    ...(page !== undefined && { 'text/html': { schema: schemas.of(pageSchema, 'output'), example: page } }),
    ...(stream !== undefined && {
      'text/event-stream': { schema: schemas.of(streamSchema, 'output'), example: stream },
    }),
    ...(csv !== undefined && { 'text/csv': { schema: schemas.of(entriesCsvSchema, 'output'), example: csv } }),
  };
}

function problems(route: Route, schemas: JsonSchemas): Record<string, Response> {
  const byStatus = new Map<number, RefusalKind[]>();
  for (const kind of new Set([...route.refusals, ...generalRefusals(route)])) {
    byStatus.set(STATUS_OF[kind], [...(byStatus.get(STATUS_OF[kind]) ?? []), kind]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, kinds]) => {
      const codes = kinds.flatMap(codesOf);
      return [
        status,
        {
          description: `${STATUS_CODES[status] ?? ''}: ${codes.map((code) => `\`${code}\``).join(', ')}.`,
          headers: headerReferences(['X-Request-Id', ...kinds.flatMap((kind) => headersOf(kind, route))]),
          content: {
            'application/problem+json': {
              schema: { allOf: [schemas.of(problemSchema, 'output'), { properties: { code: { enum: codes } } }] },
              examples: Object.fromEntries(kinds.map((kind) => [kind, { $ref: `#/components/examples/${kind}` }])),
            },
          },
        },
      ];
    }),
  );
}

function codesOf(kind: RefusalKind): readonly string[] {
  return kind === 'branch-refused' ? BRANCH_REFUSALS : [kind];
}

/** The headers of a refusal. A refusal that is stored under a key may be replayed. */
function headersOf(kind: RefusalKind, route: Route): readonly ResponseHeader[] {
  const own = Object.keys(problemOf(REFUSAL_EXAMPLES[kind], EXAMPLE_ID).headers).map(expectDocumented);
  return isKeyed(route) && route.refusals.includes(kind) ? [...own, 'Idempotency-Replayed'] : own;
}

function isKeyed({ headers }: Route): boolean {
  return headers?.includes('Idempotency-Key') ?? false;
}

/** Merges two maps: one status may have a success and problems. */
function merged(first: Record<string, Response>, second: Record<string, Response>): Record<string, Response> {
  const both = { ...second };
  for (const [status, { description, headers, content }] of Object.entries(first)) {
    const other = second[status];
    both[status] = {
      description: other ? `${description} ${other.description}` : description,
      headers: { ...headers, ...other?.headers },
      ...((content ?? other?.content) && { content: { ...content, ...other?.content } }),
    };
  }
  return both;
}

/** The refusals that any such route may give. */
function generalRefusals({ access, schemas: { body } }: Route): readonly RefusalKind[] {
  return [
    'invalid-request',
    'foreign-origin',
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
  signed: ['bad-signature'],
  account: ['unauthenticated', 'account-not-found'],
  funds: ['unauthenticated', 'forbidden', 'account-not-found'],
  transfers: ['unauthenticated'],
  service: ['unauthenticated', 'forbidden'],
  wallet: ['unauthenticated', 'forbidden'],
  admin: ['unauthenticated', 'forbidden'],
};

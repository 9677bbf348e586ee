import type { Request, RequestHandler } from 'express';
import type { z } from 'zod';
import { type Outcome, refused } from './answer';
import { type Access, type AccessKind, mayUse } from './auth/access';
import type { RefusalKind, Wrong } from './refusals';
import type { RequestContext } from './requestContext';

export type Method = 'get' | 'post';

/** A success as it is documented, by status. */
export interface Documented {
  readonly description: string;
  readonly schema?: z.ZodType;
  /** JSON unless said. */
  readonly contentType?: string;
}

/** A request whose parts fit the schemas of its route. */
export interface Input<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly headers: Request['headers'];
  readonly context: RequestContext;
}

interface About {
  readonly method: Method;
  /** With placeholders in braces, as OpenAPI writes them. */
  readonly path: string;
  /** Unique; names the call in generated clients. */
  readonly name: string;
  readonly summary: string;
  readonly tag: string;
  /** Answered also when the service is full: what operators need to see that it is. */
  readonly alwaysAdmitted?: boolean;
  /** Opened in a browser, which logs in with the token as the password of HTTP Basic. */
  readonly browser?: boolean;
  /** Serves everything at and below the path, in place of the handler. */
  readonly mounted?: RequestHandler;
  /** Request headers that the route reads. */
  readonly headers?: readonly ('Idempotency-Key' | 'Prefer')[];
  readonly responses: Readonly<Record<number, Documented>>;
  /** What it may be refused with, beside what any request may be refused with. */
  readonly refusals: readonly RefusalKind[];
}

interface Schemas<P, Q, B> {
  readonly params?: z.ZodType<P>;
  readonly query?: z.ZodType<Q>;
  /** A request without a body is read as `{}`. */
  readonly body?: z.ZodType<B>;
}

/** What came with a request, not looked at yet. */
export interface RawInput {
  readonly params: unknown;
  readonly query: () => unknown;
  readonly body: unknown;
  readonly headers: Request['headers'];
  readonly context: RequestContext;
}

/**
 * One route: all there is to know about it, in one place, for whoever serves it, documents it, guards it or counts it.
 */
export interface Route extends About {
  readonly access: AccessKind;
  readonly schemas: Schemas<unknown, unknown, unknown>;
  handle(input: RawInput): Promise<Outcome>;
}

/** Defines a route; its handler sees only requests that fit the schemas, as the types that the schemas make of them. */
export function route<P = unknown, Q = unknown, B = unknown>(
  about: About &
    Schemas<P, Q, B> & {
      readonly access: Access<Input<P, Q, B>>;
      readonly handler: (input: Input<P, Q, B>) => Promise<Outcome>;
    },
): Route {
  const { handler, access, params, query, body, ...rest } = about;
  return {
    ...rest,
    access: access.kind,
    schemas: { ...(params && { params }), ...(query && { query }), ...(body && { body }) },
    async handle(raw) {
      const errors: Wrong[] = [];
      const checked = {
        params: check(params, 'path', raw.params, errors),
        query: query && check(query, 'query', raw.query(), errors),
        body: check(body, 'body', raw.body, errors),
        headers: raw.headers,
        context: raw.context,
      };
      if (errors.length > 0) return { kind: 'refused', refusal: { kind: 'invalid-request', errors } };
      const input = checked as Input<P, Q, B>;
      if (access.kind === 'account') {
        const account = access.of(input);
        if (!mayUse(raw.context.caller, account)) return refused({ kind: 'account-not-found', account });
      }
      return handler(input);
    },
  };
}

/** Problems told of one request at most: its author fixes them one after another anyway. */
const ERRORS_MAX = 20;

function check<T>(
  schema: z.ZodType<T> | undefined,
  where: Wrong['in'],
  value: unknown,
  errors: Wrong[],
): T | undefined {
  if (!schema) return undefined;
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  for (const { path, message } of result.error.issues.slice(0, ERRORS_MAX)) {
    errors.push({ in: where, path: path.join('.').slice(0, 200), message: message.slice(0, 300) });
  }
  return undefined;
}

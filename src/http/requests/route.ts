import type { Request, RequestHandler } from 'express';
import { z } from 'zod';
import { type Outcome, type Refused, refused } from '../answers/answer';
import type { RefusalKind, Wrong } from '../answers/refusals';
import { type Access, type AccessKind, mayUse } from '../auth/access';
import type { Tag } from '../docs/tags';
import { checkInput } from './checkInput';
import type { Documented, RequestExample } from './documented';
import type { RequestContext } from './requestContext';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** A request whose parts fit the schemas of its route. */
export interface Input<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly headers: Request['headers'];
  readonly accepts: Accepts;
  readonly claim: Claim;
  /** Aborted when the answer has gone out, or the client has. */
  readonly gone: () => AbortSignal;
  readonly context: RequestContext;
}

/**
 * Takes places for this many more requests, for one request that stands for many: in the admission and in the rate limit. Resolves to a
 * refusal when there are not so many. They are given back with the request.
 */
export type Claim = (more: number) => Promise<Refused | undefined>;

/** The one of these media types that the client wants most; false when it wants none of them. */
export type Accepts = (...types: string[]) => string | false;

interface About {
  readonly method: Method;
  /** With placeholders in braces, as OpenAPI writes them. */
  readonly path: string;
  /** Unique; names the call in generated clients. */
  readonly name: string;
  /** Half a sentence. */
  readonly summary: string;
  /** What a caller should know of it: whole sentences, with code in backticks. */
  readonly description: string;
  readonly example: RequestExample;
  readonly tag: Tag;
  /** Answered also when the service is full: what operators need to see that it is. */
  readonly alwaysAdmitted?: boolean;
  /** Bytes of the largest body that it takes, where that is not the usual. */
  readonly bodyBytesMax?: number;
  /** Opened in a browser, which logs in with the token as the password of HTTP Basic. */
  readonly browser?: boolean;
  /** Serves everything at and below the path, in place of the handler. */
  readonly mounted?: RequestHandler;
  /** Request headers that the route reads. */
  readonly headers?: readonly ('Idempotency-Key' | 'Last-Event-ID' | 'Prefer' | 'webhook-id' | 'webhook-timestamp')[];
  readonly responses: Readonly<Record<number, Documented>>;
  /** What it may be refused with, beside what any request may be refused with. */
  readonly refusals: readonly RefusalKind[];
}

interface Schemas<P, Q, B> {
  readonly params?: z.ZodType<P>;
  /** Strict: an unknown parameter is refused. Without a schema every parameter is unknown. */
  readonly query?: z.ZodType<Q>;
  /** Strict as well. A request without a body is read as `{}`. Without a schema none is read, and one that comes is refused. */
  readonly body?: z.ZodType<B>;
}

/** What came with a request, not looked at yet. */
export interface RawInput {
  readonly params: unknown;
  readonly query: () => unknown;
  readonly body: unknown;
  readonly headers: Request['headers'];
  readonly accepts: Accepts;
  readonly claim: Claim;
  readonly gone: () => AbortSignal;
  readonly context: RequestContext;
}

/**
 * One route, defined in one place: the router, the documentation, the access rules and the metrics all read it here.
 */
export interface Route extends About {
  readonly access: AccessKind;
  readonly schemas: Schemas<unknown, unknown, unknown>;
  handle(input: RawInput): Promise<Outcome>;
}

/** Of a route without parameters of its own. */
const NO_QUERY = z.strictObject({});

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
        params: checkInput(params, 'path', raw.params, errors),
        query: checkInput<unknown>(query ?? NO_QUERY, 'query', raw.query(), errors),
        body: checkInput(body, 'body', raw.body, errors),
        headers: raw.headers,
        accepts: raw.accepts,
        claim: raw.claim,
        gone: raw.gone,
        context: raw.context,
      };
      if (errors.length > 0) return { kind: 'refused', refusal: { kind: 'invalid-request', errors } };
      const input = checked as Input<P, Q, B>;
      if (access.kind === 'account' || access.kind === 'funds') {
        const accounts = [access.of(input)].flat();
        const account = accounts.find((one) => !mayUse(raw.context.caller, one));
        if (account !== undefined) return refused({ kind: 'account-not-found', account });
      }
      return handler(input);
    },
  };
}

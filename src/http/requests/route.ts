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
  /** Aborted once the answer is sent, or the client has disconnected. */
  readonly gone: () => AbortSignal;
  readonly context: RequestContext;
}

/**
 * Claims `more` further places in the admission and the rate limit, for one request that stands for many. Resolves to a
 * refusal if there are too few. The places are released with the request.
 */
export type Claim = (more: number) => Promise<Refused | undefined>;

/** The client's preferred one of these media types; false if it accepts none of them. */
export type Accepts = (...types: string[]) => string | false;

interface About {
  readonly method: Method;
  /** With placeholders in braces, as OpenAPI writes them. */
  readonly path: string;
  /** Unique; the name of the call in generated clients. */
  readonly name: string;
  /** A phrase, without a full stop. */
  readonly summary: string;
  /** What a caller should know about the route: whole sentences, with code in backticks. */
  readonly description: string;
  readonly example: RequestExample;
  readonly tag: Tag;
  /** Answered even when the service is full: operators need it to see that. */
  readonly alwaysAdmitted?: boolean;
  /** The most bytes of a body, if different from the default. */
  readonly bodyBytesMax?: number;
  /** For browsers, which authenticate with the token as the password of HTTP Basic. */
  readonly browser?: boolean;
  /** Serves everything at and below the path, instead of the handler. */
  readonly mounted?: RequestHandler;
  /** Request headers that the route reads. */
  readonly headers?: readonly ('Idempotency-Key' | 'Last-Event-ID' | 'Prefer' | 'webhook-id' | 'webhook-timestamp')[];
  readonly responses: Readonly<Record<number, Documented>>;
  /** The possible refusals, besides those that any request may get. */
  readonly refusals: readonly RefusalKind[];
}

interface Schemas<P, Q, B> {
  readonly params?: z.ZodType<P>;
  /** Strict: unknown parameters are refused. Without a schema, every parameter is unknown. */
  readonly query?: z.ZodType<Q>;
  /** Strict too. A missing body is read as `{}`. Without a schema, a request with a body is refused. */
  readonly body?: z.ZodType<B>;
}

/** The unchecked input of a request. */
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

/** The one definition of a route; the router, the documentation, the access rules and the metrics all read it. */
export interface Route extends About {
  readonly access: AccessKind;
  readonly schemas: Schemas<unknown, unknown, unknown>;
  handle(input: RawInput): Promise<Outcome>;
}

/** For a route without parameters. */
const NO_QUERY = z.strictObject({});

/** Defines a route. Its handler receives only requests that fit the schemas, with the types of the schemas' output. */
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

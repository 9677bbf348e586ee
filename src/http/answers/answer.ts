import type { Refusal, RefusalContext } from './refusals';

/** A success: the JSON body and the status. */
export interface Answer {
  readonly kind: 'answer';
  readonly status: 200 | 201 | 202 | 204 | 422 | 503;
  /** Any JSON value, or a text that is sent unchanged: JSON, unless `contentType` says otherwise. */
  readonly body?: unknown;
  readonly contentType?: string;
  /** Sent instead of a body, piece by piece, as fast as the client reads. */
  readonly pieces?: AsyncIterable<string>;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Refused extends RefusalContext {
  readonly kind: 'refused';
  readonly refusal: Refusal;
}

/** The result of a handler. Refusals are values; an exception from a handler is a fault. */
export type Outcome = Answer | Refused;

export function answer(status: Answer['status'], body: unknown, headers?: Readonly<Record<string, string>>): Answer {
  return headers ? { kind: 'answer', status, body, headers } : { kind: 'answer', status, body };
}

export function refused(refusal: Refusal, context: RefusalContext = {}): Refused {
  return { kind: 'refused', refusal, ...context };
}

/** Marks the stored answer of an earlier request with the same key. */
export const REPLAYED = { 'Idempotency-Replayed': 'true' } as const;

/** A text that is not JSON. */
export function page(contentType: string, text: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return { kind: 'answer', status: 200, contentType, body: text, headers };
}

/** A text that is too long to hold in memory. */
export function stream(
  contentType: string,
  pieces: AsyncIterable<string>,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return { kind: 'answer', status: 200, contentType, pieces, headers };
}

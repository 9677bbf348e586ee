import type { Refusal, RefusalContext } from './refusals';

/** A success: what goes out as JSON, with its status. */
export interface Answer {
  readonly kind: 'answer';
  readonly status: 200 | 201 | 202 | 204 | 422 | 503;
  /** Anything JSON can say; or a text that goes out as it is: JSON, unless `contentType` says what it is. */
  readonly body?: unknown;
  readonly contentType?: string;
  /** Goes out in place of a body, piece by piece, as the client takes it. */
  readonly pieces?: AsyncIterable<string>;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Refused extends RefusalContext {
  readonly kind: 'refused';
  readonly refusal: Refusal;
}

/** What a handler comes to. Refusals are values; an exception out of a handler is a fault. */
export type Outcome = Answer | Refused;

export function answer(status: Answer['status'], body: unknown, headers?: Readonly<Record<string, string>>): Answer {
  return headers ? { kind: 'answer', status, body, headers } : { kind: 'answer', status, body };
}

export function refused(refusal: Refusal, context: RefusalContext = {}): Refused {
  return { kind: 'refused', refusal, ...context };
}

/** Says that an answer is the one that an earlier request with the same key got. */
export const REPLAYED = { 'Idempotency-Replayed': 'true' } as const;

/** A text that is not JSON. */
export function page(contentType: string, text: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return { kind: 'answer', status: 200, contentType, body: text, headers };
}

/** A text that is too long to be held at once. */
export function stream(
  contentType: string,
  pieces: AsyncIterable<string>,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return { kind: 'answer', status: 200, contentType, pieces, headers };
}

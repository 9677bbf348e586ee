import { STATUS_CODES } from 'node:http';
import { OverloadedError, UnavailableError } from '../../engine/faults';
import type { Refusal, RefusalContext, RefusalKind } from './refusals';
import { termsOf } from './refusalTerms';

/** A refusal as it is sent: `application/problem+json` (RFC 9457). */
export interface Problem {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The HTTP status of every kind of refusal. */
export const STATUS_OF: Readonly<Record<RefusalKind, number>> = {
  'invalid-request': 400,
  unauthenticated: 401,
  'bad-signature': 401,
  forbidden: 403,
  'foreign-origin': 403,
  'rate-limited': 429,
  'not-found': 404,
  'method-not-allowed': 405,
  'payload-too-large': 413,
  'unsupported-media-type': 415,
  'headers-too-large': 431,
  'expectation-failed': 417,
  'request-timed-out': 408,
  'account-already-exists': 409,
  'account-not-found': 404,
  'account-closed': 422,
  'account-frozen': 422,
  'account-not-empty': 409,
  'currency-mismatch': 422,
  'insufficient-funds': 422,
  'balance-limit-exceeded': 422,
  'same-account': 422,
  'postings-refused': 422,
  'participant-refused': 422,
  'branch-not-found': 404,
  'branch-refused': 409,
  'branch-not-open': 409,
  'refund-exceeds-capture': 422,
  'not-refundable': 422,
  'not-authorized': 409,
  'already-captured': 409,
  'already-voided': 409,
  'authorization-expired': 409,
  'capture-exceeds-authorization': 422,
  'capture-not-divisible': 422,
  'transfer-not-found': 404,
  'transfer-timed-out': 504,
  'transfer-aborted': 409,
  'transfer-failed': 500,
  'too-late-to-abort': 409,
  'already-final': 409,
  'idempotency-key-reused': 422,
  'cursor-expired': 410,
  'webhook-not-found': 404,
  'address-refused': 422,
  'too-many-webhooks': 409,
  'replay-under-way': 409,
  overloaded: 503,
  unavailable: 503,
  'internal-error': 500,
};

/** The `code` of a refusal, for clients to switch on. */
export function codeOf(refusal: Refusal): string {
  return refusal.kind === 'branch-refused' ? refusal.code : refusal.kind;
}

/** The answer to a refusal. `instance` is the id of the request that it answers. */
export function problemOf(refusal: Refusal, instance: string, context: RefusalContext = {}): Problem {
  const { detail, extras, headers } = termsOf(refusal);
  const status = STATUS_OF[refusal.kind];
  const { transferId, replayed } = context;
  return {
    status,
    headers: { ...headers, ...(replayed && { 'Idempotency-Replayed': 'true' }) },
    body: {
      type: 'about:blank',
      title: STATUS_CODES[status] ?? 'Error',
      status,
      code: codeOf(refusal),
      detail,
      instance,
      ...(transferId && { transferId }),
      ...extras,
    },
  };
}

/**
 * What the service tells a caller about an exception: only what the caller can act on, and nothing about the
 * implementation. A request with a key may repeat one that was carried out, so it never hears that nothing began.
 * `isCall`: the caller is a remote coordinator.
 */
export function refusalOfFault(error: unknown, isKeyed: boolean, isCall = false): Refusal {
  if (error instanceof OverloadedError) return { kind: 'overloaded', isKeyed };
  if (error instanceof UnavailableError) {
    return { kind: 'unavailable', away: error.away, outcome: isKeyed ? 'unknown' : error.outcome, isCall };
  }
  return { kind: 'internal-error' };
}

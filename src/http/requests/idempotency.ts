import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { uuidv7 } from '../../adapters/uuid';
import type { RequestKey } from '../../engine/journal/requestKey';
import type { Refusal } from '../answers/refusals';
import { type Caller, keyScope } from './caller';

export const KEY_PATTERN = /^[\x20-\x7e]{1,255}$/;
export const KEY_WORDS = 'must be 1 to 255 printable ASCII characters';

/** The client's key for its request, if any, or why it is invalid. */
export type ClientKey =
  | { readonly kind: 'none' }
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

export function clientKeyOf(headers: IncomingHttpHeaders): ClientKey {
  const sent = headers['idempotency-key'];
  if (sent === undefined) return { kind: 'none' };
  if (typeof sent === 'string' && KEY_PATTERN.test(sent)) return { kind: 'key', key: sent };
  const error = {
    in: 'header',
    path: 'Idempotency-Key',
    message: KEY_WORDS,
  } as const;
  return { kind: 'refused', refusal: { kind: 'invalid-request', errors: [error] } };
}

/** The engine's key for a client's key. `meaning` is every value that makes two requests different. */
export function requestKey(caller: Caller, key: string, meaning: readonly unknown[]): RequestKey {
  return { scope: keyScope(caller), key, fingerprint: fingerprintOf(meaning) };
}

/**
 * A key for a request without one, so that the service can safely repeat its own attempts. Its scope belongs to no
 * caller.
 */
export function ownKey(): RequestKey {
  return { scope: '', key: uuidv7(), fingerprint: '' };
}

/** Equal for two requests with the same meaning, regardless of their JSON formatting. */
export function fingerprintOf(meaning: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(meaning, canonical)).digest('base64url');
}

function canonical(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

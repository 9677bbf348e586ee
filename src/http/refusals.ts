import type { AccountId, TransactionId } from '../domain/ids';
import type { TransactionStatus } from '../domain/transaction/state';

/** One thing that is wrong with a request, and where. `path` names the parameter, the header or the field. */
export interface Wrong {
  readonly in: 'path' | 'query' | 'header' | 'body';
  readonly path: string;
  readonly message: string;
}

/** What a caller can know of its own call when something needed was away. */
export type CallOutcome = 'not-started' | 'unknown';

/**
 * Every way in which the service says no. `kind` is the `code` that a client sees and may rely on; errors.ts maps each
 * to its status.
 */
export type Refusal =
  | { readonly kind: 'invalid-request'; readonly errors: readonly Wrong[] }
  | { readonly kind: 'unauthenticated'; readonly browser?: boolean }
  | { readonly kind: 'forbidden' }
  | { readonly kind: 'rate-limited'; readonly retryAfterSeconds: number }
  | { readonly kind: 'not-found' }
  | { readonly kind: 'method-not-allowed'; readonly allow: readonly string[] }
  | { readonly kind: 'payload-too-large'; readonly bytesMax: number }
  | { readonly kind: 'unsupported-media-type' }
  | { readonly kind: 'headers-too-large' }
  | { readonly kind: 'request-timed-out' }
  | { readonly kind: 'account-already-exists'; readonly account: AccountId }
  | { readonly kind: 'account-not-found'; readonly account: AccountId }
  | { readonly kind: 'insufficient-funds'; readonly account: AccountId; readonly missing: bigint }
  | { readonly kind: 'balance-limit-exceeded'; readonly account: AccountId }
  | { readonly kind: 'same-account'; readonly account: AccountId }
  | { readonly kind: 'transfer-not-found' }
  | { readonly kind: 'transfer-timed-out' }
  | { readonly kind: 'transfer-aborted'; readonly reason?: string }
  | { readonly kind: 'transfer-failed' }
  | { readonly kind: 'too-late-to-abort'; readonly status: TransactionStatus }
  /** Nothing is left to resume. */
  | { readonly kind: 'already-final'; readonly status: TransactionStatus }
  | { readonly kind: 'idempotency-key-reused' }
  | { readonly kind: 'overloaded'; readonly isKeyed?: boolean }
  | { readonly kind: 'unavailable'; readonly outcome: CallOutcome }
  | { readonly kind: 'internal-error' };

export type RefusalKind = Refusal['kind'];

/** What accompanies a refusal without being part of it. */
export interface RefusalContext {
  /** The transfer that the refusal is about. */
  readonly transferId?: TransactionId;
  /** The refusal is the stored answer of an earlier request with the same key. */
  readonly replayed?: boolean;
}

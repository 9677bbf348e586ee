import type { AccountId, TransactionId } from '../../domain/ids';
import type { TransactionStatus } from '../../domain/transaction/state';
import type { Dependency } from '../../engine/faults';

/** One fault of a request. `path` names the parameter, the header or the field. */
export interface Wrong {
  readonly in: 'path' | 'query' | 'header' | 'body';
  readonly path: string;
  readonly message: string;
}

/** What a caller knows about its own call when a dependency was away. */
export type CallOutcome = 'not-started' | 'unknown';

/** Why an account refuses a remote coordinator, as the coordinator sees it: a kind, and no balance. */
export const BRANCH_REFUSALS = [
  'account-not-found',
  'account-closed',
  'account-frozen',
  'currency-mismatch',
  'insufficient-funds',
  'balance-limit-exceeded',
  'invalid-payload',
  'branch-differs',
  'branch-aborted',
  'branch-committed',
] as const;
export type BranchRefusalCode = (typeof BRANCH_REFUSALS)[number];

/**
 * Every refusal of the service. Clients see `kind` as `code` and may rely on it; errors.ts maps each kind to its
 * status.
 */
export type Refusal =
  | { readonly kind: 'invalid-request'; readonly errors: readonly Wrong[] }
  /**
   * `why`: why the token was refused; unset if none was sent. `browser`: the client is a browser, which may ask its
   * user for a token.
   */
  | { readonly kind: 'unauthenticated'; readonly browser?: boolean; readonly why?: string }
  /** The call requires a valid signature and has none. */
  | { readonly kind: 'bad-signature' }
  | { readonly kind: 'forbidden' }
  /** `host`: the request names a host that is not ours. `origin`: a page of another origin sent it. */
  | { readonly kind: 'foreign-origin'; readonly by: 'host' | 'origin' }
  | { readonly kind: 'rate-limited'; readonly retryAfterSeconds: number; readonly words?: string }
  | { readonly kind: 'not-found' }
  | { readonly kind: 'method-not-allowed'; readonly allow: readonly string[] }
  | { readonly kind: 'payload-too-large'; readonly bytesMax: number }
  | { readonly kind: 'unsupported-media-type' }
  | { readonly kind: 'headers-too-large' }
  | { readonly kind: 'expectation-failed' }
  | { readonly kind: 'request-timed-out' }
  | { readonly kind: 'account-already-exists'; readonly account: AccountId }
  | { readonly kind: 'account-not-found'; readonly account: AccountId }
  | { readonly kind: 'account-closed'; readonly account: AccountId }
  | { readonly kind: 'account-frozen'; readonly account: AccountId }
  | { readonly kind: 'account-not-empty'; readonly account: AccountId }
  | { readonly kind: 'currency-mismatch'; readonly account: AccountId }
  | { readonly kind: 'insufficient-funds'; readonly account: AccountId; readonly missing: bigint }
  | { readonly kind: 'balance-limit-exceeded'; readonly account: AccountId }
  | { readonly kind: 'same-account'; readonly account: AccountId }
  /** For a transfer of several postings: every known refusal. */
  | { readonly kind: 'postings-refused'; readonly refusals: readonly BranchRefusal[] }
  /** `reason` and `words` are the participant's own. */
  | {
      readonly kind: 'participant-refused';
      readonly participant: string;
      readonly branch: string;
      readonly reason: string;
      readonly words: string;
    }
  | { readonly kind: 'branch-not-found' }
  /**
   * For a remote coordinator, which gets a `code` instead of a kind for each: a vote to abort, or the branch already
   * ended the other way.
   */
  | { readonly kind: 'branch-refused'; readonly code: BranchRefusalCode; readonly words?: string }
  | { readonly kind: 'branch-not-open'; readonly status: TransactionStatus }
  | { readonly kind: 'refund-exceeds-capture'; readonly refundable: bigint }
  | { readonly kind: 'not-refundable'; readonly detail: string }
  | { readonly kind: 'not-authorized'; readonly status: TransactionStatus }
  | { readonly kind: 'already-captured' }
  | { readonly kind: 'already-voided' }
  | { readonly kind: 'authorization-expired' }
  | { readonly kind: 'capture-exceeds-authorization'; readonly capturable: bigint; readonly posting: number }
  /** For a transfer with participants: each participant commits its whole part. */
  | { readonly kind: 'capture-not-divisible' }
  | { readonly kind: 'transfer-not-found' }
  | { readonly kind: 'transfer-timed-out' }
  | { readonly kind: 'transfer-aborted'; readonly reason?: string }
  | { readonly kind: 'transfer-failed' }
  | { readonly kind: 'too-late-to-abort'; readonly status: TransactionStatus }
  /** Nothing is left to resume. */
  | { readonly kind: 'already-final'; readonly status: TransactionStatus }
  | { readonly kind: 'idempotency-key-reused' }
  /** The feed no longer has the events after the cursor; `oldest` is where it begins now. */
  | { readonly kind: 'cursor-expired'; readonly oldest: string }
  | { readonly kind: 'webhook-not-found' }
  /** `why`: why the service must not call the address, as text for people. */
  | { readonly kind: 'address-refused'; readonly why: string }
  | { readonly kind: 'too-many-webhooks' }
  | { readonly kind: 'replay-under-way' }
  | { readonly kind: 'overloaded'; readonly isKeyed?: boolean; readonly retryAfterSeconds?: number }
  /** `isCall`: a call of the participant protocol, which has no keys and lets every call be repeated. */
  | {
      readonly kind: 'unavailable';
      readonly away: Dependency;
      readonly outcome: CallOutcome;
      readonly isCall?: boolean;
    }
  | { readonly kind: 'internal-error' };

/** Why one account refused, and which postings name it; or why a participant refused. */
export type BranchRefusal =
  | {
      readonly account: AccountId;
      readonly postings: readonly number[];
      readonly code: string;
      readonly missing?: bigint;
    }
  | { readonly participant: string; readonly branch: string; readonly code: string; readonly detail: string };

export type RefusalKind = Refusal['kind'];

/** The context of a refusal. */
export interface RefusalContext {
  /** The transfer that the refusal is about. */
  readonly transferId?: TransactionId;
  /** The refusal is the stored answer of an earlier request with the same key. */
  readonly replayed?: boolean;
}

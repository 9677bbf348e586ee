import type { AccountId, TransactionId } from '../../domain/ids';
import type { TransactionStatus } from '../../domain/transaction/state';
import type { Dependency } from '../../engine/faults';

/** One thing that is wrong with a request, and where. `path` names the parameter, the header or the field. */
export interface Wrong {
  readonly in: 'path' | 'query' | 'header' | 'body';
  readonly path: string;
  readonly message: string;
}

/** What a caller can know of its own call when something needed was away. */
export type CallOutcome = 'not-started' | 'unknown';

/** Why an account refuses a coordinator elsewhere, as it is told: a kind, and no balance. */
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
 * Every way in which the service says no. `kind` is the `code` that a client sees and may rely on; errors.ts maps each
 * to its status.
 */
export type Refusal =
  | { readonly kind: 'invalid-request'; readonly errors: readonly Wrong[] }
  /** `why` a token was refused; without it none was sent. `browser`: it may ask its user for one. */
  | { readonly kind: 'unauthenticated'; readonly browser?: boolean; readonly why?: string }
  /** A call that has to be signed, and is not signed well. */
  | { readonly kind: 'bad-signature' }
  | { readonly kind: 'forbidden' }
  /** `host`: the name that it speaks to is not ours; `origin`: a page from elsewhere sent it. */
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
  /** Of a transfer of several postings: every account that is known to refuse. */
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
  /** To a coordinator elsewhere, in place of a kind of its own for each `code`: a vote to abort, or that the branch ended the other way. */
  | { readonly kind: 'branch-refused'; readonly code: BranchRefusalCode; readonly words?: string }
  | { readonly kind: 'branch-not-open'; readonly status: TransactionStatus }
  | { readonly kind: 'refund-exceeds-capture'; readonly refundable: bigint }
  | { readonly kind: 'not-refundable'; readonly detail: string }
  | { readonly kind: 'not-authorized'; readonly status: TransactionStatus }
  | { readonly kind: 'already-captured' }
  | { readonly kind: 'already-voided' }
  | { readonly kind: 'authorization-expired' }
  | { readonly kind: 'capture-exceeds-authorization'; readonly capturable: bigint; readonly posting: number }
  /** Of a transfer in which services elsewhere take part: each of them commits all of its part. */
  | { readonly kind: 'capture-not-divisible' }
  | { readonly kind: 'transfer-not-found' }
  | { readonly kind: 'transfer-timed-out' }
  | { readonly kind: 'transfer-aborted'; readonly reason?: string }
  | { readonly kind: 'transfer-failed' }
  | { readonly kind: 'too-late-to-abort'; readonly status: TransactionStatus }
  /** Nothing is left to resume. */
  | { readonly kind: 'already-final'; readonly status: TransactionStatus }
  | { readonly kind: 'idempotency-key-reused' }
  /** The feed has lost what comes after the cursor; `oldest` is where it begins now. */
  | { readonly kind: 'cursor-expired'; readonly oldest: string }
  | { readonly kind: 'webhook-not-found' }
  /** `why` an address may not be called, for people. */
  | { readonly kind: 'address-refused'; readonly why: string }
  | { readonly kind: 'too-many-webhooks' }
  | { readonly kind: 'replay-under-way' }
  | { readonly kind: 'overloaded'; readonly isKeyed?: boolean }
  /** `isCall`: of the protocol of participants, which knows no keys and lets every call be repeated. */
  | {
      readonly kind: 'unavailable';
      readonly away: Dependency;
      readonly outcome: CallOutcome;
      readonly isCall?: boolean;
    }
  | { readonly kind: 'internal-error' };

/** Why one account refused, and which of the postings name it; or why a participant did. */
export type BranchRefusal =
  | {
      readonly account: AccountId;
      readonly postings: readonly number[];
      readonly code: string;
      readonly missing?: bigint;
    }
  | { readonly participant: string; readonly branch: string; readonly code: string; readonly detail: string };

export type RefusalKind = Refusal['kind'];

/** What accompanies a refusal without being part of it. */
export interface RefusalContext {
  /** The transfer that the refusal is about. */
  readonly transferId?: TransactionId;
  /** The refusal is the stored answer of an earlier request with the same key. */
  readonly replayed?: boolean;
}

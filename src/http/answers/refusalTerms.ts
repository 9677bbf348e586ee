import { assertNever } from '../../domain/assertNever';
import type { Dependency } from '../../engine/faults';
import { WEBHOOKS_MAX } from '../../engine/webhooks/webhooks';
import type { BranchRefusalCode, Refusal } from './refusals';

export interface Terms {
  readonly detail: string;
  readonly extras?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a refusal contains besides the status: text for people, fields and headers for programs. */
export function termsOf(refusal: Refusal): Terms {
  switch (refusal.kind) {
    case 'invalid-request':
      return { detail: 'The request is not valid; see errors.', extras: { errors: refusal.errors } };
    case 'unauthenticated':
      return {
        detail: refusal.why ?? 'This needs a token: Authorization: Bearer <token>.',
        headers: { 'WWW-Authenticate': challengeOf(refusal) },
      };
    case 'bad-signature':
      return {
        detail: 'This needs a Standard Webhooks signature of a known secret, no more than five minutes old.',
        headers: { 'WWW-Authenticate': 'StandardWebhooks' },
      };
    case 'forbidden':
      return { detail: 'The token is good, but not for this.' };
    case 'foreign-origin':
      return { detail: FOREIGN_DETAIL[refusal.by] };
    case 'rate-limited':
      return {
        detail: refusal.words ?? 'Too many requests of this caller.',
        headers: { 'Retry-After': String(refusal.retryAfterSeconds) },
      };
    case 'not-found':
      return { detail: 'There is nothing at this path.' };
    case 'method-not-allowed': {
      const allow = refusal.allow.join(', ');
      return { detail: `This path takes ${allow}.`, headers: { Allow: allow } };
    }
    case 'payload-too-large':
      return { detail: `A request body may have ${refusal.bytesMax} bytes at most.` };
    case 'unsupported-media-type':
      return { detail: 'A request body must be application/json in UTF-8, not compressed.' };
    case 'headers-too-large':
      return { detail: 'The headers of the request are too large.' };
    case 'expectation-failed':
      return { detail: 'The only expectation that can be met is 100-continue.' };
    case 'request-timed-out':
      return { detail: 'The request took too long to come.' };
    case 'account-already-exists':
      return { detail: 'The account exists already.', extras: { account: refusal.account } };
    case 'account-not-found':
      return { detail: 'There is no such account.', extras: { account: refusal.account } };
    case 'account-closed':
      return { detail: 'The account is closed.', extras: { account: refusal.account } };
    case 'account-frozen':
      return { detail: 'The account is frozen.', extras: { account: refusal.account } };
    case 'account-not-empty':
      return {
        detail: 'The account has a balance, or transfers that are not final.',
        extras: { account: refusal.account },
      };
    case 'currency-mismatch':
      return { detail: 'The account is of another currency.', extras: { account: refusal.account } };
    case 'insufficient-funds':
      return {
        detail: 'The account has not enough available funds.',
        extras: { account: refusal.account, missing: Number(refusal.missing) },
      };
    case 'balance-limit-exceeded':
      return {
        detail: 'The balance of the account would exceed the largest that a balance can be.',
        extras: { account: refusal.account },
      };
    case 'same-account':
      return {
        detail: 'Origin and destination of a transfer must be two accounts.',
        extras: { account: refusal.account },
      };
    case 'postings-refused':
      return {
        detail: 'Accounts of the transfer refused; see refusals. No money moved.',
        extras: {
          refusals: refusal.refusals.map((each) =>
            'missing' in each && each.missing !== undefined ? { ...each, missing: Number(each.missing) } : each,
          ),
        },
      };
    case 'participant-refused': {
      const { participant, branch, reason, words } = refusal;
      return {
        detail: words === '' ? `${participant} refused ${branch}.` : `${participant} refused ${branch}: ${words}`,
        extras: { participant, branch, reason },
      };
    }
    case 'branch-not-found':
      return { detail: 'The transaction has no such branch.' };
    case 'branch-refused':
      return { detail: refusal.words ?? BRANCH_DETAIL[refusal.code] };
    case 'branch-not-open':
      return {
        detail: `The transfer is ${refusal.status}: this participant owes it no answer.`,
        extras: { transferStatus: refusal.status },
      };
    case 'refund-exceeds-capture':
      return {
        detail: 'More than what is left of the captured amount cannot be refunded.',
        extras: { refundable: Number(refusal.refundable) },
      };
    case 'not-refundable':
      return { detail: refusal.detail };
    case 'not-authorized':
      return {
        detail: `The transfer is ${refusal.status}: there is no authorization to capture or void.`,
        extras: { transferStatus: refusal.status },
      };
    case 'already-captured':
      return { detail: 'The transfer was captured before.' };
    case 'already-voided':
      return { detail: 'The authorization was voided before.' };
    case 'authorization-expired':
      return { detail: 'The authorization has expired; what it held is released.' };
    case 'capture-exceeds-authorization':
      return {
        detail: 'More was to be captured than was authorized.',
        extras: { capturable: Number(refusal.capturable), posting: refusal.posting },
      };
    case 'capture-not-divisible':
      return {
        detail:
          'Participants commit all of their part, so that the transfer can only be captured whole. Nothing was captured.',
      };
    case 'transfer-not-found':
      return { detail: 'There is no such transfer.' };
    case 'transfer-timed-out':
      return { detail: 'The transfer was aborted at its deadline; no money moved.' };
    case 'transfer-aborted':
      return {
        detail: 'The transfer was aborted by a client; no money moved.',
        ...(refusal.reason === undefined ? {} : { extras: { reason: refusal.reason } }),
      };
    case 'transfer-failed':
      return { detail: 'The transfer stopped on an error that an operator has to look at.' };
    case 'too-late-to-abort':
      return {
        detail: `The transfer is ${refusal.status}; it is too late to abort it.${refusal.status === 'authorized' ? BY_VOID : ''}`,
        extras: { transferStatus: refusal.status },
      };
    case 'already-final':
      return {
        detail:
          refusal.status === 'authorized'
            ? 'The transfer is authorized: it waits for its capture, void or expiry.'
            : `The transfer is ${refusal.status}; there is nothing left to do.`,
        extras: { transferStatus: refusal.status },
      };
    case 'idempotency-key-reused':
      return { detail: 'The Idempotency-Key was used before, for another request.' };
    case 'cursor-expired':
      return {
        detail: 'What came after this cursor is not kept any more. Begin at oldest, and look up what may be missing.',
        extras: { oldest: refusal.oldest },
      };
    case 'webhook-not-found':
      return { detail: 'There is no such webhook.' };
    case 'address-refused':
      return { detail: `This address may not be called: ${refusal.why}.` };
    case 'too-many-webhooks':
      return { detail: `There are ${WEBHOOKS_MAX} webhooks, and there may be no more.` };
    case 'replay-under-way':
      return { detail: 'A replay to this webhook is under way; its end has to come first.' };
    case 'overloaded':
      return {
        detail: refusal.isKeyed
          ? 'Too much is going on at once. Repeat the request with the same Idempotency-Key.'
          : 'Too much is going on at once. Nothing of this request was begun.',
        headers: { 'Retry-After': String(refusal.retryAfterSeconds ?? 1) },
      };
    case 'unavailable':
      return {
        detail: `${AWAY[refusal.away]} ${adviceOn(refusal)}`,
        extras: { away: refusal.away, outcome: refusal.outcome },
        headers: RETRY_SOON,
      };
    case 'internal-error':
      return { detail: 'Something went wrong here. The log has more under this request id.' };
    default:
      return assertNever(refusal);
  }
}

/** The header that tells how to authenticate, and why the token was refused (RFC 6750, 3). */
function challengeOf({ browser, why }: Extract<Refusal, { kind: 'unauthenticated' }>): string {
  if (browser) return 'Basic realm="tandem", charset="UTF-8"';
  return why === undefined ? 'Bearer' : `Bearer error="invalid_token", error_description="${why}"`;
}

const BRANCH_DETAIL: Readonly<Record<BranchRefusalCode, string>> = {
  'account-not-found': 'There is no such account.',
  'account-closed': 'The account is closed.',
  'account-frozen': 'The account is frozen.',
  'currency-mismatch': 'The account is of another currency.',
  'insufficient-funds': 'The account has not enough available funds.',
  'balance-limit-exceeded': 'The balance of the account would exceed the largest that a balance can be.',
  'invalid-payload': 'The payload is not valid.',
  'branch-differs': 'The branch was prepared with another payload.',
  'branch-aborted': 'The branch is aborted.',
  'branch-committed': 'The branch is committed.',
};

const FOREIGN_DETAIL = {
  host: 'Without authentication only requests to localhost or a loopback address are answered; ALLOWED_HOSTS names others.',
  origin: 'A page of another origin sent this, and it would change something; ALLOWED_ORIGINS names origins that may.',
};

const BY_VOID = ' A void releases what it promised.';

/** Seconds that a client should wait before it retries, when the service is overloaded or cut off. */
const RETRY_SOON = { 'Retry-After': '1' };

const AWAY: Readonly<Record<Dependency, string>> = {
  database: 'The database does not answer.',
  lock: 'Another session of the database holds a lock that this request needs, or wrote the same rows.',
  queue: 'The job queue is away.',
  workers: 'No process runs jobs.',
  keys: 'The keys that tokens are checked against cannot be read.',
};

function adviceOn({ away, outcome, isCall }: Extract<Refusal, { kind: 'unavailable' }>): string {
  if (outcome === 'not-started') return NOT_BEGUN;
  return isCall ? REPEAT_CALL : REPEAT[away];
}

const NOT_BEGUN = 'Nothing of this request was begun.';
const REPEAT_CALL = 'The outcome of this call is not known: repeat the call.';
const REPEAT_SAME =
  'The outcome of this request is not known: repeat it with the same Idempotency-Key, or without one if it takes none.';
const REPEAT_LATER = 'Nothing new is begun until that has changed: repeat the request with the same Idempotency-Key.';
const REPEAT: Readonly<Record<Dependency, string>> = {
  database: REPEAT_SAME,
  lock: REPEAT_SAME,
  queue: REPEAT_LATER,
  workers: REPEAT_LATER,
  keys: REPEAT_LATER,
};

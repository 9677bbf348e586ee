import type { TransactionId } from '../domain/ids';
import type { BackoffPolicy } from './retry';

/** What an operator calls a service that takes part in transactions. Requests name it so; only the settings know its address. */
export const PARTICIPANT_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** What a request calls the part of a participant in its transaction, unique there: it fits into a path unescaped. */
export const PARTICIPANT_BRANCH = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/;

/** Bytes of a payload as JSON. */
export const PAYLOAD_BYTES_MAX = 16 * 1024;

/** Between two attempts of one call to one branch, each participant's apart. */
export const PARTICIPANT_BACKOFF: BackoffPolicy = { initialMs: 100, maxMs: 30_000 };

export const PARTICIPANT_CALLS = ['prepare', 'commit', 'abort'] as const;
export type ParticipantCall = (typeof PARTICIPANT_CALLS)[number];

export interface ParticipantRequest {
  readonly call: ParticipantCall;
  readonly transaction: TransactionId;
  readonly branch: string;
  /** What the client asks of the participant, any JSON, handed on as it is. At most {@link PAYLOAD_BYTES_MAX}. */
  readonly payload?: unknown;
  /** With an abort: the kind of its reason. */
  readonly reason?: string;
  /** How often this call was made to this branch, from 1. */
  readonly attempt: number;
  /** Milliseconds left to the deadline of the prepare phase, for a prepare its own end too; at least 0. */
  readonly deadlineInMs: number;
}

/**
 * What one call came to. `conflict` is definite: to a prepare a vote to abort, to a decision that the participant has ended
 * the branch the other way. `again` asks for the same call so many milliseconds from now. `unknown`: the call may or may not
 * have been carried out, or was not sent; `why` is for people and holds nothing that the participant wrote.
 */
export type ParticipantAnswer =
  | { readonly kind: 'ok' }
  | { readonly kind: 'conflict'; readonly code: string; readonly detail: string }
  | { readonly kind: 'again'; readonly afterMs: number }
  | { readonly kind: 'unknown'; readonly why: string };

/** How it stands with one participant, as this process sees it. */
export interface ParticipantStatus {
  readonly name: string;
  readonly url: string;
  /** Whether the last call that was sent was answered, by other than a 5xx or 429; undefined before the first. What opens the breaker is not. */
  readonly reachable: boolean | undefined;
  /** `open`: calls are not sent for now. `half-open`: one is, and the others wait for what it comes to. */
  readonly breaker: 'closed' | 'half-open' | 'open';
  readonly inFlight: number;
  /** Calls that wait because as many as the participant may get at once are in flight. */
  readonly waiting: number;
  /** The last `unknown` of a call that was sent; `at` in ISO 8601. Stays when calls succeed again. */
  readonly lastError?: { readonly why: string; readonly at: string };
}

export interface Participants {
  /** Those that a request may name. */
  names(): readonly string[];
  /**
   * Makes one call, once: asking again is the caller's business. Idempotent, because the participant is.
   * Rejects only on a defect, with nothing known of the call.
   * Ends within the participant's timeout, and once more as long if it has to wait for its turn; a prepare no later than its
   * deadline.
   */
  call(name: string, request: ParticipantRequest): Promise<ParticipantAnswer>;
  status(): readonly ParticipantStatus[];
}

import type { TransactionId } from '../domain/ids';
import type { BackoffPolicy } from './retry';

/** The operator's name for a service that takes part in transactions. Requests use this name; only the settings hold the address. */
export const PARTICIPANT_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** A request's name for the participant's part in its transaction, unique within it. It fits into a path unescaped. */
export const PARTICIPANT_BRANCH = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/;

/** The most bytes of a payload as JSON. */
export const PAYLOAD_BYTES_MAX = 16 * 1024;

/** The backoff between two attempts of one call to one branch. Each participant has its own. */
export const PARTICIPANT_BACKOFF: BackoffPolicy = { initialMs: 100, maxMs: 30_000 };

export const PARTICIPANT_CALLS = ['prepare', 'commit', 'abort'] as const;
export type ParticipantCall = (typeof PARTICIPANT_CALLS)[number];

export interface ParticipantRequest {
  readonly call: ParticipantCall;
  readonly transaction: TransactionId;
  readonly branch: string;
  /** What the client asks of the participant: any JSON, passed on unchanged. At most {@link PAYLOAD_BYTES_MAX} bytes. */
  readonly payload?: unknown;
  /** With an abort: the kind of the abort reason. */
  readonly reason?: string;
  /** How many times this call was made to this branch, from 1. */
  readonly attempt: number;
  /** Milliseconds left until the deadline of the prepare phase, at least 0. A prepare call itself ends then too. */
  readonly deadlineInMs: number;
}

/**
 * The outcome of one call. `conflict` is definite: in answer to a prepare it is a vote to abort; in answer to a
 * decision it means that the participant has ended the branch the other way. `again` asks for the same call that many
 * milliseconds from now. `unknown`: the call was not sent, or may or may not have been carried out; `why` is text for
 * people and contains nothing that the participant wrote.
 */
export type ParticipantAnswer =
  | { readonly kind: 'ok' }
  | { readonly kind: 'conflict'; readonly code: string; readonly detail: string }
  | { readonly kind: 'again'; readonly afterMs: number }
  | { readonly kind: 'unknown'; readonly why: string };

/** The state of one participant as this process sees it. */
export interface ParticipantStatus {
  readonly name: string;
  readonly url: string;
  /**
   * Whether the last call that was sent got an answer other than a 5xx or 429. Undefined before the first call. A
   * failure that opens the breaker makes this false.
   */
  readonly reachable: boolean | undefined;
  /** `open`: no call is sent for now. `half-open`: one call is sent, and the others wait for its outcome. */
  readonly breaker: 'closed' | 'half-open' | 'open';
  readonly inFlight: number;
  /** Calls that wait because the participant's limit of calls in flight is reached. */
  readonly waiting: number;
  /** The last `unknown` outcome of a call that was sent; `at` in ISO 8601. It stays when calls succeed again. */
  readonly lastError?: { readonly why: string; readonly at: string };
}

export interface Participants {
  /** The participants that a request may name. */
  names(): readonly string[];
  /**
   * Makes one call, once. The caller repeats it. Idempotent, because the participant is. Rejects only for a defect;
   * then nothing is known of the call. Ends within the participant's timeout, or within twice that time if the call
   * must wait for its turn. A prepare ends no later than its deadline.
   */
  call(name: string, request: ParticipantRequest): Promise<ParticipantAnswer>;
  status(): readonly ParticipantStatus[];
}

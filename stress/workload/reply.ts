import { type Answer, MalformedAnswer } from '../../src/client/answer';
import { NoAnswer } from '../../test/kit/httpTransport';

/** What the harness knows after a call without an answer. */
export type NoReply =
  /** The connection was refused: the request was certainly not carried out. */
  | { readonly kind: 'not-sent' }
  /** A reset, a hang-up, a timeout or a 503: the request may or may not have been carried out. */
  | { readonly kind: 'unknown'; readonly cause: UnknownCause };

export type UnknownCause = 'reset' | 'timeout' | '503';

/** What the harness knows after a call. */
export type Reply<T> =
  | { readonly kind: 'answer'; readonly answer: Answer<T> }
  /** The answer is not a JSON object. That breaks the contract, whatever its status. */
  | { readonly kind: 'malformed'; readonly detail: string }
  | NoReply;

/** Rethrows any other error, because it is a defect of the harness. */
export async function replyOf<T>(asked: Promise<Answer<T>>): Promise<Reply<T>> {
  try {
    const answer = await asked;
    return answer.status === 503 ? { kind: 'unknown', cause: '503' } : { kind: 'answer', answer };
  } catch (error) {
    if (error instanceof MalformedAnswer) return { kind: 'malformed', detail: error.message };
    if (!(error instanceof NoAnswer)) throw error;
    return error.why === 'refused' ? { kind: 'not-sent' } : { kind: 'unknown', cause: error.why };
  }
}

/** For the report. */
export function shown(answer: Answer<unknown>): string {
  return `${answer.status} ${JSON.stringify(answer.ok ? answer.value : answer.problem)}`;
}

import type { ParticipantRequest } from '../../engine/participants';

/** The version that a body declares: Tandem Participant 1. */
export const PROTOCOL_VERSION = 1;

type Address = Pick<ParticipantRequest, 'call' | 'transaction' | 'branch'>;

/** The prefix of every call's path. */
export function basePathOf(url: string): string {
  return new URL(url).pathname.replace(/\/+$/, '');
}

/** The path of a call, relative to the participant's address. */
export function pathOf({ transaction, branch, call }: Address): string {
  return `/${encodeURIComponent(transaction)}/${encodeURIComponent(branch)}/${call}`;
}

/** The body to sign and send. It repeats the facts of the path, because the signature covers only the body. */
export function writeBody(request: ParticipantRequest): string {
  const { call, transaction, branch, payload, reason, attempt, deadlineInMs } = request;
  return JSON.stringify({
    version: PROTOCOL_VERSION,
    call,
    transaction,
    branch,
    payload,
    reason,
    attempt,
    deadlineInMs,
  });
}

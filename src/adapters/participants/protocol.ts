import type { ParticipantRequest } from '../../engine/participants';

/** Tandem Participant 1: what a body says it is. */
export const PROTOCOL_VERSION = 1;

type Address = Pick<ParticipantRequest, 'call' | 'transaction' | 'branch'>;

/** What comes before every call's own path. */
export function basePathOf(url: string): string {
  return new URL(url).pathname.replace(/\/+$/, '');
}

/** Below the address of the participant. */
export function pathOf({ transaction, branch, call }: Address): string {
  return `/${encodeURIComponent(transaction)}/${encodeURIComponent(branch)}/${call}`;
}

/** What is signed and sent: what the path says too, because the signature covers the body alone. */
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

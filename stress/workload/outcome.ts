import type { Answer } from '../../src/client/answer';
import type { Account, Problem, Transfer } from '../../src/client/types';
import { shown } from './reply';

/** How an operation ended, as an answer of the service says it. */
export type Outcome =
  | { readonly kind: 'applied' }
  | { readonly kind: 'refused'; readonly code: string }
  | { readonly kind: 'timed-out' }
  /** The client's own wish. */
  | { readonly kind: 'aborted' };

export type Meaning =
  | {
      readonly kind: 'known';
      readonly outcome: Outcome;
      readonly transferId: string | undefined;
      /** What must be the same in every answer to this key. */
      readonly fingerprint: string;
      /** With a refusal for want of money: minor units that were missing. */
      readonly missing?: number;
    }
  | { readonly kind: 'pending'; readonly transferId: string }
  | { readonly kind: 'unexpected'; readonly detail: string };

const REFUSALS = ['account-not-found', 'insufficient-funds', 'balance-limit-exceeded', 'same-account'];

/** Reads the answer to a POST that moves money. */
export function meaningOfPost(answer: Answer<Account | Transfer>): Meaning {
  if (!answer.ok) return meaningOfProblem(answer.status, answer.problem) ?? unexpected('POST', answer);
  const { status, value } = answer;
  if (status === 200 && 'balance' in value) return applied([status, value.balance, value.held]);
  if (status === 200 && 'status' in value && value.status === 'committed') return applied([status, value.id], value.id);
  if (status === 202 && 'status' in value) return { kind: 'pending', transferId: value.id };
  return unexpected('POST', answer);
}

function applied(stable: readonly unknown[], transferId?: string): Meaning {
  return { kind: 'known', outcome: { kind: 'applied' }, transferId, fingerprint: JSON.stringify(stable) };
}

function meaningOfProblem(status: number, { code, transferId, missing, account }: Problem): Meaning | undefined {
  const outcome = outcomeOfProblem(status, code);
  const fingerprint = JSON.stringify([status, code, transferId, missing, account]);
  return outcome && { kind: 'known', outcome, transferId, fingerprint, ...(missing !== undefined && { missing }) };
}

function outcomeOfProblem(status: number, code: string): Outcome | undefined {
  if (status === 504 && code === 'transfer-timed-out') return { kind: 'timed-out' };
  if (status === 409 && code === 'transfer-aborted') return { kind: 'aborted' };
  return REFUSALS.includes(code) ? { kind: 'refused', code } : undefined;
}

/** Reads the answer to GET /transfers/{id}. Says nothing of the stable answer to the POST. */
export function meaningOfGet(answer: Answer<Transfer>): Meaning {
  if (!answer.ok || answer.status !== 200) return unexpected('GET', answer);
  const { id, status, reason } = answer.value;
  const known = (outcome: Outcome): Meaning => ({ kind: 'known', outcome, transferId: id, fingerprint: '' });
  if (status === 'preparing' || status === 'committing' || status === 'aborting') {
    return { kind: 'pending', transferId: id };
  }
  if (status === 'committed') return known({ kind: 'applied' });
  if (status === 'aborted') return known(outcomeOfAbort(reason));
  return unexpected('GET', answer);
}

function outcomeOfAbort(reason: Transfer['reason']): Outcome {
  if (reason?.kind === 'timeout') return { kind: 'timed-out' };
  const refusals = reason?.kind === 'branches' ? reason.reasons.map(({ kind }) => kind) : [];
  const code = REFUSALS.find((refusal) => refusals.some((kind) => kind === refusal));
  return code === undefined ? { kind: 'aborted' } : { kind: 'refused', code };
}

function unexpected(method: string, answer: Answer<unknown>): Meaning {
  return { kind: 'unexpected', detail: `${method} answered ${shown(answer)}` };
}

export function nameOf(outcome: Outcome): string {
  return outcome.kind === 'refused' ? `refused: ${outcome.code}` : outcome.kind;
}

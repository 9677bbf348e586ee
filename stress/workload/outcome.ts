import type { Answer } from '../../src/client/answer';
import type { Account, Problem, Transfer } from '../../src/client/types';
import { shown } from './reply';

/** How an operation ended, by an answer of the service. */
export type Outcome =
  | { readonly kind: 'applied' }
  /** Minor units of each posting, and whether they are less than what was authorized. */
  | { readonly kind: 'captured'; readonly amounts: readonly number[]; readonly inPart: boolean }
  | { readonly kind: 'refused'; readonly code: string }
  | { readonly kind: 'timed-out' }
  /** The client asked for the abort. */
  | { readonly kind: 'aborted' }
  | { readonly kind: 'voided' }
  | { readonly kind: 'expired' };

/** Why one account refused. `missing`, in minor units, is set for insufficient funds. */
export interface AccountRefused {
  readonly account: string;
  readonly code: string;
  readonly missing?: number | undefined;
}

/** The answers to a capture or a void that lost. They name the winner. */
export const LOST = ['already-captured', 'already-voided', 'authorization-expired'] as const;
export type Lost = (typeof LOST)[number];

export type Meaning =
  | {
      readonly kind: 'known';
      readonly outcome: Outcome;
      readonly transferId: string | undefined;
      /** What must be the same in every answer to this key. Empty for an answer to another request. */
      readonly fingerprint: string;
      readonly refusals: readonly AccountRefused[];
    }
  /** Not final when the answer was written, or the client did not wait. The HTTP status tells which. */
  | { readonly kind: 'pending'; readonly transferId: string; readonly status: Transfer['status'] }
  /** The transfer waits for the client's decision. */
  | { readonly kind: 'authorized'; readonly transferId: string; readonly expiresAtMs: number }
  | { readonly kind: 'lost'; readonly to: Lost }
  | { readonly kind: 'unexpected'; readonly detail: string };

const REFUSALS = [
  'account-not-found',
  'insufficient-funds',
  'balance-limit-exceeded',
  'same-account',
  'postings-refused',
];

/** Interprets the answer to a POST that moves money. */
export function meaningOfPost(answer: Answer<Account | Transfer>): Meaning {
  if (!answer.ok) return meaningOfProblem(answer.status, answer.problem) ?? unexpected('POST', answer);
  const { status, value } = answer;
  if (status === 200 && 'balance' in value) {
    return known({ kind: 'applied' }, undefined, JSON.stringify([status, value.balance, value.held]));
  }
  if (status === 200 && 'status' in value && value.status === 'committed') {
    return known(outcomeOfCommit(value), value.id, JSON.stringify([status, value.id]));
  }
  if (status === 200 && 'status' in value && value.status === 'authorized') return authorized(value);
  if (status === 202 && 'status' in value) return { kind: 'pending', transferId: value.id, status: value.status };
  return unexpected('POST', answer);
}

/** Interprets the answer to a capture or a void. */
export function meaningOfEnding(answer: Answer<Transfer>): Meaning {
  if (!answer.ok) {
    const to = LOST.find((code) => code === answer.problem.code);
    return to && answer.status === 409 ? { kind: 'lost', to } : unexpected('the ending', answer);
  }
  return meaningOfTransfer(answer.value) ?? unexpected('the ending', answer);
}

/** Interprets the answer to GET /transfers/{id}. It is not the stable answer to the POST. */
export function meaningOfGet(answer: Answer<Transfer>): Meaning {
  if (!answer.ok || answer.status !== 200) return unexpected('GET', answer);
  return meaningOfTransfer(answer.value) ?? unexpected('GET', answer);
}

function meaningOfTransfer(transfer: Transfer): Meaning | undefined {
  const { id, status, reason } = transfer;
  switch (status) {
    case 'preparing':
    case 'committing':
    case 'aborting':
      return { kind: 'pending', transferId: id, status };
    case 'authorized':
      return authorized(transfer);
    case 'committed':
      return known(outcomeOfCommit(transfer), id, '');
    case 'aborted':
      return known(outcomeOfAbort(reason, transfer.postings !== undefined), id, '');
    case 'failed':
      return undefined;
  }
}

function known(outcome: Outcome, transferId: string | undefined, fingerprint: string): Meaning {
  return { kind: 'known', outcome, transferId, fingerprint, refusals: [] };
}

function authorized({ id, expiresAt }: Transfer): Meaning {
  if (expiresAt === undefined) return { kind: 'unexpected', detail: `${id} is authorized without an expiry` };
  return { kind: 'authorized', transferId: id, expiresAtMs: Date.parse(expiresAt) };
}

function outcomeOfCommit({ amount, amountAuthorized, amountCaptured, postings }: Transfer): Outcome {
  if (amountAuthorized === undefined) return { kind: 'applied' };
  const amounts = postings?.map((posting) => posting.captured ?? posting.amount) ?? [amountCaptured ?? amount];
  return { kind: 'captured', amounts, inPart: amountCaptured !== amountAuthorized };
}

function meaningOfProblem(status: number, problem: Problem): Meaning | undefined {
  const { code, transferId, missing, account, refusals } = problem;
  const outcome = outcomeOfProblem(status, code);
  if (!outcome) return undefined;
  const fingerprint = JSON.stringify([status, code, transferId, missing, account, refusals]);
  return { kind: 'known', outcome, transferId, fingerprint, refusals: refusalsOf(problem) };
}

function refusalsOf({ code, account, missing, refusals }: Problem): AccountRefused[] {
  if (refusals) return refusals.flatMap((refusal) => ('account' in refusal ? [refusal] : []));
  return account === undefined ? [] : [{ account, code, missing }];
}

function outcomeOfProblem(status: number, code: string): Outcome | undefined {
  if (status === 504 && code === 'transfer-timed-out') return { kind: 'timed-out' };
  if (status === 409 && code === 'transfer-aborted') return { kind: 'aborted' };
  if (status === 409 && code === 'already-voided') return { kind: 'voided' };
  if (status === 409 && code === 'authorization-expired') return { kind: 'expired' };
  return REFUSALS.includes(code) ? { kind: 'refused', code } : undefined;
}

function outcomeOfAbort(reason: Transfer['reason'], hasSeveral: boolean): Outcome {
  switch (reason?.kind) {
    case 'timeout':
      return { kind: 'timed-out' };
    case 'voided':
    case 'expired':
      return { kind: reason.kind };
    case 'branches': {
      const [code] = reason.reasons.map(({ kind }) => kind);
      if (code === undefined || !REFUSALS.includes(code)) return { kind: 'aborted' };
      return { kind: 'refused', code: hasSeveral ? 'postings-refused' : code };
    }
    case 'client':
    case undefined:
      return { kind: 'aborted' };
  }
}

function unexpected(what: string, answer: Answer<unknown>): Meaning {
  return { kind: 'unexpected', detail: `${what} answered ${shown(answer)}` };
}

export function nameOf(outcome: Outcome): string {
  if (outcome.kind === 'captured') return outcome.inPart ? 'captured in part' : 'captured in full';
  return outcome.kind === 'refused' ? `refused: ${outcome.code}` : outcome.kind;
}

/** Whether money moved. */
export function isMoved(outcome: Outcome): boolean {
  return outcome.kind === 'applied' || outcome.kind === 'captured';
}

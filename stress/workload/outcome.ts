import type { Reply } from './http';

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
    }
  | { readonly kind: 'pending'; readonly transferId: string }
  | { readonly kind: 'unexpected'; readonly detail: string };

type Answer = Extract<Reply, { kind: 'answer' }>;

interface Body {
  readonly id?: string;
  /** Of a transfer its status; of a problem its HTTP status. */
  readonly status?: string | number;
  /** What a problem calls the transfer that it is about. */
  readonly transferId?: string;
  readonly code?: string;
  readonly reason?: unknown;
  readonly balance?: number;
  readonly held?: number;
  readonly missing?: number;
  readonly account?: string;
}

const REFUSALS = ['account-not-found', 'insufficient-funds', 'balance-limit-exceeded', 'same-account'];

/** Reads the answer to a POST that moves money. */
export function meaningOfPost(answer: Answer): Meaning {
  const { id, status, code, balance, held, missing, account, ...body } = bodyOf(answer);
  const transferId = body.transferId ?? (typeof status === 'string' ? id : undefined);
  const fingerprint = JSON.stringify([answer.status, transferId, status, code, balance, held, missing, account]);
  const known = (outcome: Outcome): Meaning => ({ kind: 'known', outcome, transferId, fingerprint });
  if (answer.status === 200 && (status === 'committed' || (status === undefined && balance !== undefined))) {
    return known({ kind: 'applied' });
  }
  if (answer.status === 202 && id !== undefined) return { kind: 'pending', transferId: id };
  if (answer.status === 504 && code === 'transfer-timed-out') return known({ kind: 'timed-out' });
  if (answer.status === 409 && code === 'transfer-aborted') return known({ kind: 'aborted' });
  if (code !== undefined && REFUSALS.includes(code)) return known({ kind: 'refused', code });
  return unexpected('POST', answer);
}

/** Reads the answer to GET /transfers/{id}. Says nothing of the stable answer to the POST. */
export function meaningOfGet(answer: Answer): Meaning {
  const { id, status, reason } = bodyOf(answer);
  if (answer.status !== 200 || id === undefined) return unexpected('GET', answer);
  if (status === 'preparing' || status === 'committing' || status === 'aborting') {
    return { kind: 'pending', transferId: id };
  }
  const outcome = status === 'committed' ? ({ kind: 'applied' } as const) : outcomeOfAbort(status, reason);
  return outcome ? { kind: 'known', outcome, transferId: id, fingerprint: '' } : unexpected('GET', answer);
}

function outcomeOfAbort(status: string | number | undefined, reason: unknown): Outcome | undefined {
  if (status !== 'aborted') return undefined;
  const text = JSON.stringify(reason) ?? '';
  const refusal = REFUSALS.find((code) => text.includes(`"${code}"`));
  if (refusal !== undefined) return { kind: 'refused', code: refusal };
  return text.includes('timeout') ? { kind: 'timed-out' } : { kind: 'aborted' };
}

function bodyOf(answer: Answer): Body {
  return typeof answer.body === 'object' && answer.body !== null ? answer.body : {};
}

function unexpected(method: string, answer: Answer): Meaning {
  return { kind: 'unexpected', detail: `${method} answered ${answer.status} ${JSON.stringify(answer.body)}` };
}

export function nameOf(outcome: Outcome): string {
  return outcome.kind === 'refused' ? `refused: ${outcome.code}` : outcome.kind;
}

import type { Outcome } from './answers/answer';
import { problemOf, refusalOfFault } from './answers/errors';
import { mayUse } from './auth/access';
import type { HttpDeps } from './deps';
import type { RequestContext } from './requests/requestContext';
import { startTransfer, type TransferInput, type TransferRequest } from './startTransfer';

/** One transfer of a batch: a request of its own under its own key. */
export interface BatchItem {
  readonly idempotencyKey: string;
  readonly request: TransferRequest;
}

export type BatchResult =
  | { readonly status: number; readonly transfer: unknown }
  | { readonly status: number; readonly problem: unknown };

/** Starts independent transfers, all at once. Each gets the answer that it would get alone. */
export function startBatch(
  items: readonly BatchItem[],
  context: RequestContext,
  isAsync: boolean,
  deps: HttpDeps,
): Promise<readonly BatchResult[]> {
  return Promise.all(items.map((item) => startOne(item, context, isAsync, deps)));
}

async function startOne(
  { idempotencyKey, request }: BatchItem,
  { caller, id, log }: RequestContext,
  isAsync: boolean,
  deps: HttpDeps,
): Promise<BatchResult> {
  const own: TransferInput['context'] = { caller, transferId: undefined };
  const headers = { 'idempotency-key': idempotencyKey, ...(isAsync && { prefer: 'respond-async' }) };
  const foreign = request.query.postings.find(({ origin }) => !mayUse(caller, origin));
  const outcome = foreign
    ? ({ kind: 'refused', refusal: { kind: 'account-not-found', account: foreign.origin } } as const)
    : await startTransfer(request, { headers, context: own }, deps).catch((error: unknown): Outcome => {
        const refusal = refusalOfFault(error, true);
        if (refusal.kind === 'internal-error') log.error({ err: error }, 'a transfer of a batch failed');
        return { kind: 'refused', refusal };
      });
  if (outcome.kind === 'answer') return { status: outcome.status, transfer: outcome.body };
  const { refusal, replayed, transferId = own.transferId } = outcome;
  const problem = problemOf(refusal, id, { ...(transferId && { transferId }), ...(replayed && { replayed }) });
  return { status: problem.status, problem: problem.body };
}

import { assertNever } from '../domain/assertNever';
import type { TransactionRefusal } from '../domain/transaction/decide';
import type { TransferQuery, TransferRefusal } from '../domain/transfer';
import type { Decided, Transaction } from '../engine/transactions/transaction';
import { answer, type Outcome, refused } from './answers/answer';
import type { Refusal } from './answers/refusals';
import { outcomeAtRest, outcomeOfPending } from './answers/transferOutcome';
import { type TransferRecord, viewTransfer } from './answers/transferView';
import type { HttpDeps } from './deps';

type Transfer = Transaction<TransferQuery, TransferRefusal>;
type Wait = Pick<HttpDeps, 'httpWaitMs'>;

/** What to capture: everything, an amount of the only posting, or amounts of some postings. */
export interface CaptureRequest {
  readonly amount?: bigint | undefined;
  readonly postings?: readonly { readonly index: number; readonly amount: bigint }[] | undefined;
}

/** Captures an authorization. Idempotent for the same amounts. */
export async function captureTransfer(transfer: Transfer, request: CaptureRequest, wait: Wait): Promise<Outcome> {
  const query = transfer.query();
  const captured = capturedOf(query, request);
  if ('kind' in captured) return refused(captured);
  const decided = await transfer.capture({ ...query, captured: captured.amounts });
  if (decided.kind === 'decided') return outcomeOf(decided, wait);
  const isDone = decided.refusal.kind === 'already-captured' && isSame(decided.record.state.query, captured.amounts);
  return isDone ? done(decided.record) : refused(refusalOf(decided.refusal, decided.record));
}

/** Voids an authorization. Idempotent. */
export async function voidTransfer(transfer: Transfer, reason: string | undefined, wait: Wait): Promise<Outcome> {
  const decided = await transfer.void(reason);
  if (decided.kind === 'decided') {
    const atRest = await decided.transaction.pollForFinalStatus({ timeoutMs: wait.httpWaitMs });
    return atRest ? answer(200, viewTransfer(atRest)) : outcomeOfPending(decided.transaction.record, false);
  }
  if (decided.refusal.kind === 'already-voided') return done(decided.record);
  return refused(refusalOf(decided.refusal, decided.record));
}

async function outcomeOf(
  { transaction }: Extract<Decided<TransferQuery, TransferRefusal>, { kind: 'decided' }>,
  { httpWaitMs }: Wait,
): Promise<Outcome> {
  const atRest = await transaction.pollForFinalStatus({ timeoutMs: httpWaitMs });
  return atRest ? outcomeAtRest(atRest, false) : outcomeOfPending(transaction.record, false);
}

/** The decision is as requested, even if some branches have not received it yet. */
function done(record: TransferRecord): Outcome {
  const isFinal = record.state.status === 'committed' || record.state.status === 'aborted';
  return isFinal ? answer(200, viewTransfer(record)) : outcomeOfPending(record, false);
}

function capturedOf(
  { postings, participants, captured }: TransferQuery,
  { amount, postings: wanted }: CaptureRequest,
): { readonly amounts: readonly bigint[] } | Refusal {
  const amounts = postings.map((posting) => posting.amount);
  if (amount !== undefined) {
    if (postings.length > 1) return wrong('amount', 'is for a transfer of one posting; name the postings');
    amounts[0] = amount;
  }
  for (const { index, amount: part } of wanted ?? []) {
    if (index >= amounts.length) return wrong('postings', `has no posting ${index}`);
    amounts[index] = part;
  }
  const over = amounts.findIndex((part, index) => part > (postings[index]?.amount ?? 0n));
  if (over >= 0) {
    return { kind: 'capture-exceeds-authorization', capturable: postings[over]?.amount ?? 0n, posting: over };
  }
  if (!amounts.some((part) => part > 0n)) return wrong('postings', 'must capture something; void gives all back');
  // The protocol sends a participant no amounts: the participant would commit its whole part.
  const isWhole = postings.every((posting, index) => amounts[index] === posting.amount);
  return participants && !isWhole && !captured ? { kind: 'capture-not-divisible' } : { amounts };
}

function wrong(path: string, message: string): Refusal {
  return { kind: 'invalid-request', errors: [{ in: 'body', path, message }] };
}

function isSame({ postings, captured }: TransferQuery, amounts: readonly bigint[]): boolean {
  return postings.every(({ amount }, index) => (captured?.[index] ?? amount) === amounts[index]);
}

function refusalOf(refusal: TransactionRefusal, { state }: TransferRecord): Refusal {
  switch (refusal.kind) {
    case 'not-authorized':
      return { kind: 'not-authorized', status: state.status };
    case 'already-captured':
    case 'already-voided':
    case 'authorization-expired':
      return { kind: refusal.kind };
    case 'too-late-to-abort':
    case 'not-failed':
      throw new Error(`a capture or void was refused as ${refusal.kind}`);
    default:
      return assertNever(refusal);
  }
}

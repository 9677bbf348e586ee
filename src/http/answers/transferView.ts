import { assertNever } from '../../domain/assertNever';
import { type AbortReason, isPending } from '../../domain/transaction/state';
import { isInternal, linesOf, type TransferQuery, type TransferRefusal } from '../../domain/transfer';
import type { HistoryEntry, TransactionRecord } from '../../engine/transactions/record';
import type { Caller } from '../requests/caller';
import type { TransferView } from '../schemas/transferView';
import { viewBranches, viewConfirmed, viewErrors, viewSettled, viewVotes, viewWaiting } from './branchView';
import { ownPartOf } from './ownPart';

export type TransferRecord = TransactionRecord<TransferQuery, TransferRefusal>;

/** A transfer as this caller sees it: an owner sees only its own part if others pay too. */
export function viewTransferFor(caller: Caller, record: TransferRecord): TransferView {
  return viewTransfer(caller.role === 'owner' ? ownPartOf(record, caller.owner) : record);
}

/** A transfer as clients see it, with its branches as of the read of the record. */
export function viewTransfer(record: TransferRecord): TransferView {
  const { state, metadata, requestedBy, attempts, deadlineAt, createdAt, updatedAt, finishedAt } = record;
  return {
    id: state.id,
    status: state.status,
    reason: 'reason' in state ? viewReason(state.reason, state.query) : undefined,
    errors: state.status === 'failed' ? viewErrors(state.errors) : undefined,
    ...viewQuery(state.query, state.status === 'committing' || state.status === 'committed', record.expiresAt),
    metadata: isObject(metadata) ? metadata : undefined,
    requestedBy,
    branches: viewBranches(state.query, state.branches, record.progress, record.history),
    waitingFor: record.unanswered.length > 0 ? viewWaiting(record.unanswered) : undefined,
    history: record.history.map((entry) => viewHistory(entry, state.query)),
    attempts,
    deadlineAt,
    createdAt,
    updatedAt,
    finishedAt,
  };
}

/** One posting as plain fields, several as a list. Has the amounts of a two-step transfer once they are known. */
export function viewQuery(
  query: TransferQuery,
  isDecidedToCommit: boolean,
  expiresAt: string | undefined,
): Pick<TransferView, 'amount'> & Partial<TransferView> {
  const { postings, currency, capture, captured, refunds } = query;
  const only = postings.length === 1 ? postings[0] : undefined;
  const amount = postings.reduce((sum, posting) => sum + posting.amount, 0n);
  const isCaptured = capture === 'manual' && isDecidedToCommit;
  const moved = captured?.reduce((sum, part) => sum + part, 0n) ?? amount;
  return {
    origin: only?.origin,
    destination: only?.destination,
    amount: Number(amount),
    ...(postings.length > 1 && {
      postings: postings.map((posting, index) => ({
        ...posting,
        amount: Number(posting.amount),
        ...(captured && { captured: Number(captured[index] ?? 0n) }),
      })),
    }),
    ...(currency !== undefined && { currency }),
    ...(capture && { amountAuthorized: Number(amount) }),
    ...(isCaptured && { amountCaptured: Number(moved) }),
    ...(expiresAt !== undefined && { expiresAt }),
    ...(refunds !== undefined && { refunds }),
  };
}

function viewHistory(
  { status, at, votes, confirmed, reason, errors, settled }: HistoryEntry<TransferRefusal>,
  query: TransferQuery,
): TransferView['history'][number] {
  return {
    status,
    at,
    ...(votes && { votes: viewVotes(votes) }),
    ...(confirmed && { confirmed: viewConfirmed(confirmed) }),
    ...(reason && { reason: viewReason(reason, query) }),
    ...(errors && { errors: viewErrors(errors) }),
    ...(settled && { settled: viewSettled(settled) }),
  };
}

export function viewReason(
  reason: AbortReason<TransferRefusal>,
  query: TransferQuery,
): NonNullable<TransferView['reason']> {
  switch (reason.kind) {
    case 'timeout':
    case 'client':
      return { ...reason };
    case 'branches':
      return { kind: 'branches', reasons: reason.reasons.map(({ reason: refusal }) => viewRefusal(refusal, query)) };
    case 'voided':
      return reason.reason === undefined ? { kind: 'voided' } : { kind: 'voided', reason: reason.reason };
    case 'expired':
      return { kind: 'expired' };
    default:
      return assertNever(reason);
  }
}

/** Names the account that pays the refund, instead of the service's own account that holds the refundable amount. */
function viewRefusal(refusal: TransferRefusal, query: TransferQuery) {
  if (refusal.kind === 'participant-refused') return { ...refusal };
  if (isInternal(refusal.account)) {
    const [line] = linesOf(query, refusal.account);
    return { kind: 'refund-exceeds-capture' as const, account: query.postings[line?.posting ?? 0]?.origin ?? '' };
  }
  return refusal.kind === 'insufficient-funds' ? { ...refusal, missing: Number(refusal.missing) } : { ...refusal };
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether the transfer is final. */
export function isFinal({ state }: TransferRecord): boolean {
  return !isPending(state);
}

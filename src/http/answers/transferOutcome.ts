import { assertNever } from '../../domain/assertNever';
import type { AbortReason } from '../../domain/transaction/state';
import {
  type AccountTransferRefusal,
  isInternal,
  linesOf,
  type ParticipantRefusal,
  type TransferQuery,
  type TransferRefusal,
} from '../../domain/transfer';
import { answer, type Outcome, REPLAYED, refused } from './answer';
import type { BranchRefusal, Refusal } from './refusals';
import { type TransferRecord, viewTransfer } from './transferView';

/** The answer to a call whose transfer is at rest. */
export function outcomeAtRest(record: TransferRecord, replayed: boolean): Outcome {
  const { state } = record;
  const about = { transferId: state.id, ...(replayed && { replayed }) };
  switch (state.status) {
    case 'committed':
    case 'authorized':
      return answer(200, viewTransfer(record), replayed ? REPLAYED : {});
    case 'aborted':
      return refused(refusalOfAbort(state.reason, state.query), about);
    case 'failed':
      return refused({ kind: 'transfer-failed' }, about);
    case 'preparing':
    case 'committing':
    case 'aborting':
      throw new Error(`transfer ${state.id} is ${state.status}, not at rest`);
    default:
      return assertNever(state);
  }
}

/** The answer while a transfer is pending: what is known, and where to poll. Never a guess. */
export function outcomeOfPending(record: TransferRecord, replayed: boolean): Outcome {
  return answer(202, viewTransfer(record), { Location: `/transfers/${record.state.id}`, ...(replayed && REPLAYED) });
}

function refusalOfAbort(reason: AbortReason<TransferRefusal>, query: TransferQuery): Refusal {
  switch (reason.kind) {
    case 'timeout':
      return { kind: 'transfer-timed-out' };
    case 'client':
      return { kind: 'transfer-aborted', ...(reason.reason !== undefined && { reason: reason.reason }) };
    case 'voided':
      return { kind: 'already-voided' };
    case 'expired':
      return { kind: 'authorization-expired' };
    case 'branches':
      return refusalOfBranches(
        reason.reasons.map(({ reason: refusal }) => refusal),
        query,
      );
    default:
      return assertNever(reason);
  }
}

/**
 * For one posting, or one participant alone, the refusal itself; for several, all known refusals. A refund that exceeds
 * the refundable amount comes first.
 */
function refusalOfBranches(refusals: readonly TransferRefusal[], query: TransferQuery): Refusal {
  const [first] = refusals;
  // An aborted branch votes against a late prepare. The transfer was aborted before that, for its own reason.
  if (!first || first.kind === 'branch-aborted') return { kind: 'transfer-aborted' };
  const limit = refusals.find(isOfRefund);
  if (limit) return refusalOfRefund(limit, query);
  const known = refusals.filter(({ kind }) => kind !== 'branch-aborted');
  if (first.kind === 'participant-refused' && known.length === 1) return refusalOfParticipant(first);
  if (first.kind !== 'participant-refused' && query.postings.length === 1) return first;
  return { kind: 'postings-refused', refusals: known.map((refusal) => refusalOfBranch(refusal, query)) };
}

function isOfRefund(refusal: TransferRefusal): refusal is AccountTransferRefusal {
  return refusal.kind !== 'participant-refused' && isInternal(refusal.account);
}

function refusalOfParticipant({ participant, branch, code, detail }: ParticipantRefusal): Refusal {
  return { kind: 'participant-refused', participant, branch, reason: code, words: detail };
}

function refusalOfBranch(refusal: TransferRefusal, query: TransferQuery): BranchRefusal {
  if (refusal.kind === 'participant-refused') {
    const { participant, branch, code, detail } = refusal;
    return { participant, branch, code, detail };
  }
  return {
    account: refusal.account,
    postings: linesOf(query, refusal.account).map(({ posting }) => posting),
    code: refusal.kind,
    ...(refusal.kind === 'insufficient-funds' && { missing: refusal.missing }),
  };
}

function refusalOfRefund(limit: AccountTransferRefusal, query: TransferQuery): Refusal {
  if (limit.kind !== 'insufficient-funds') return { kind: 'not-refundable', detail: 'There is nothing to refund.' };
  const asked = linesOf(query, limit.account).reduce((sum, { amount }) => sum + amount, 0n);
  return { kind: 'refund-exceeds-capture', refundable: asked - limit.missing };
}

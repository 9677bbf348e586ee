import { assertNever } from '../domain/assertNever';
import type { AbortReason } from '../domain/transaction/state';
import type { TransferQuery, TransferRefusal } from '../domain/transfer';
import type { AccountStore } from '../engine/ports';
import type { Transaction } from '../engine/transaction';
import { answer, type Outcome, REPLAYED, refused } from './answer';
import type { Refusal } from './refusals';
import { type TransferRecord, viewTransfer } from './transferView';

type Transfer = Transaction<TransferQuery, TransferRefusal>;

/** The answer to a transfer call whose transfer is final. */
export async function outcomeOfFinal(
  record: TransferRecord,
  replayed: boolean,
  store: Pick<AccountStore, 'loadBranch'>,
): Promise<Outcome> {
  const { state } = record;
  const about = { transferId: state.id, ...(replayed && { replayed }) };
  switch (state.status) {
    case 'committed':
      return answer(200, await viewTransfer(record, store), replayed ? REPLAYED : {});
    case 'aborted':
      return refused(refusalOfAbort(state.reason), about);
    case 'failed':
      return refused({ kind: 'transfer-failed' }, about);
    case 'preparing':
    case 'committing':
    case 'aborting':
      throw new Error(`transfer ${state.id} is ${state.status}, not final`);
    default:
      return assertNever(state);
  }
}

/** The answer while a transfer is not final: what is known, and where to ask again. Never a guess. */
export async function outcomeOfPending(
  transfer: Transfer,
  replayed: boolean,
  store: Pick<AccountStore, 'loadBranch'>,
): Promise<Outcome> {
  const view = await viewTransfer(await transfer.read(), store);
  return answer(202, view, { Location: `/transfers/${transfer.id}`, ...(replayed && REPLAYED) });
}

function refusalOfAbort(reason: AbortReason<TransferRefusal>): Refusal {
  switch (reason.kind) {
    case 'timeout':
      return { kind: 'transfer-timed-out' };
    case 'client':
      return { kind: 'transfer-aborted', ...(reason.reason !== undefined && { reason: reason.reason }) };
    case 'branches':
      return refusalOfBranch(reason.reasons[0]?.reason);
    default:
      return assertNever(reason);
  }
}

function refusalOfBranch(refusal: TransferRefusal | undefined): Refusal {
  // An aborted branch votes against a prepare that comes too late; the transfer was aborted before, for its own reason.
  if (!refusal || refusal.kind === 'branch-aborted') return { kind: 'transfer-aborted' };
  return refusal;
}

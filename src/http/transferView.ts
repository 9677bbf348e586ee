import type { AccountBranchState } from '../domain/account/state';
import { assertNever } from '../domain/assertNever';
import type { AccountId } from '../domain/ids';
import { type AbortReason, type BranchError, isPending } from '../domain/transaction/state';
import type { TransferQuery, TransferRefusal } from '../domain/transfer';
import type { AccountStore, HistoryEntry, TransactionRecord } from '../engine/ports';
import type { TransferView } from './schemas/transfers';

export type TransferRecord = TransactionRecord<TransferQuery, TransferRefusal>;
type BranchStateName = TransferView['branches'][number]['state'];

/** A transfer as clients see it, its branches as they are now. */
export async function viewTransfer(
  record: TransferRecord,
  store: Pick<AccountStore, 'loadBranch'>,
): Promise<TransferView> {
  const { state } = record;
  if (state.status === 'committed' || state.status === 'aborted') return viewWith(record, () => state.status);
  const branches = await Promise.all(
    state.branches.map(async (account) => [account, await store.loadBranch(account, state.id)] as const),
  );
  const states = new Map(branches.map(([account, branch]) => [account, stateName(branch)]));
  return viewWith(record, (account) => states.get(account) ?? 'none');
}

/** A transfer as it was created a moment ago, before anything was asked of its branches. */
export function viewNewTransfer(record: TransferRecord): TransferView {
  return viewWith(record, () => 'none');
}

function viewWith(record: TransferRecord, stateOf: (account: AccountId) => BranchStateName): TransferView {
  const { state, metadata, attempts, deadlineAt, createdAt, updatedAt, finishedAt } = record;
  const { origin, destination, amount } = state.query;
  return {
    id: state.id,
    status: state.status,
    ...('reason' in state && { reason: viewReason(state.reason) }),
    ...(state.status === 'failed' && { errors: viewErrors(state.errors) }),
    origin,
    destination,
    amount: Number(amount),
    ...(isObject(metadata) && { metadata }),
    branches: state.branches.map((account) => ({
      account,
      direction: account === origin ? 'debit' : 'credit',
      state: stateOf(account),
    })),
    history: record.history.map(viewHistory),
    attempts,
    deadlineAt,
    createdAt,
    updatedAt,
    ...(finishedAt !== undefined && { finishedAt }),
  };
}

function viewHistory({
  status,
  at,
  votes,
  confirmed,
  reason,
  errors,
}: HistoryEntry<TransferRefusal>): TransferView['history'][number] {
  return {
    status,
    at,
    ...(votes && { votes: votes.map(({ branch, vote }) => ({ account: branch, vote })) }),
    ...(confirmed && { confirmed: [...confirmed] }),
    ...(reason && { reason: viewReason(reason) }),
    ...(errors && { errors: viewErrors(errors) }),
  };
}

function viewReason(reason: AbortReason<TransferRefusal>): NonNullable<TransferView['reason']> {
  switch (reason.kind) {
    case 'timeout':
    case 'client':
      return { ...reason };
    case 'branches':
      return { kind: 'branches', reasons: reason.reasons.map(({ reason: refusal }) => viewRefusal(refusal)) };
    default:
      return assertNever(reason);
  }
}

function viewRefusal(refusal: TransferRefusal) {
  return refusal.kind === 'insufficient-funds' ? { ...refusal, missing: Number(refusal.missing) } : { ...refusal };
}

function viewErrors(errors: readonly BranchError[]) {
  return errors.map(({ branch, message }) => ({ account: branch, message }));
}

function stateName(branch: AccountBranchState | undefined): BranchStateName {
  if (!branch) return 'none';
  return branch.state === 'tombstone' ? 'aborted' : branch.state;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether the transfer has come to its end. */
export function isFinal({ state }: TransferRecord): boolean {
  return !isPending(state);
}

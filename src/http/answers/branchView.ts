import type { BranchId } from '../../domain/ids';
import type { BranchError } from '../../domain/transaction/state';
import { isInternal, participationOf, promiseOf, type TransferQuery } from '../../domain/transfer';
import type { BranchProgress, HistoryEntry } from '../../engine/transactions/record';
import type { StoredCall } from '../../engine/transactions/unanswered';
import type { TransferView } from '../schemas/transferView';

type HistoryView = TransferView['history'][number];
type Named = { readonly account: string } | { readonly participant: string; readonly branch: string };

/** The client's name for a branch: an account, or the branch of a participant. */
function named(branch: BranchId): Named {
  return participationOf(branch) ?? { account: branch };
}

/** The branches that concern the client. Leaves out accounts that the service keeps for itself. */
export function viewBranches(
  query: TransferQuery,
  branches: readonly BranchId[],
  progress: readonly BranchProgress[],
  history: readonly HistoryEntry<unknown>[],
): TransferView['branches'] {
  const viewOf = (branch: BranchId, index: number): TransferView['branches'][number] => {
    const settled = history.findLast((entry) => entry.settled?.branch === branch)?.settled;
    const state = settled?.as ?? progress[index] ?? 'none';
    const own = participationOf(branch);
    if (!own) return { account: branch, direction: directionOf(query, branch), state };
    const payload = query.participants?.find(
      (each) => each.participant === own.participant && each.branch === own.branch,
    )?.payload;
    return { ...own, state, ...(payload !== undefined && { payload }) };
  };
  const views: TransferView['branches'] = [];
  for (const [index, branch] of branches.entries()) if (!isInternal(branch)) views.push(viewOf(branch, index));
  return views;
}

function directionOf(query: TransferQuery, account: string): 'debit' | 'credit' {
  const [only] = query.postings;
  if (only && query.postings.length === 1) return only.origin === account ? 'debit' : 'credit';
  return promiseOf(query, account).incoming > 0n ? 'credit' : 'debit';
}

export function viewVotes(votes: NonNullable<HistoryEntry<unknown>['votes']>): NonNullable<HistoryView['votes']> {
  return votes
    .filter(({ branch }) => !isInternal(branch))
    .map(({ branch, vote }) => {
      const own = participationOf(branch);
      return own ? { ...own, vote } : { account: branch, vote };
    });
}

export function viewConfirmed(confirmed: readonly BranchId[]): NonNullable<HistoryView['confirmed']> {
  return confirmed.filter((branch) => !isInternal(branch)).map((branch) => participationOf(branch) ?? branch);
}

export function viewErrors(errors: readonly BranchError[]): NonNullable<TransferView['errors']> {
  return errors.map(({ branch, message }) => ({ ...named(branch), message }));
}

export function viewSettled({
  branch,
  as,
  note,
  by,
}: NonNullable<HistoryEntry<unknown>['settled']>): NonNullable<HistoryView['settled']> {
  return { ...participationIn(branch), as, ...(note !== undefined && { note }), ...(by !== undefined && { by }) };
}

export function viewWaiting(calls: readonly StoredCall[]): NonNullable<TransferView['waitingFor']> {
  return calls.map(({ branch, call, attempts, error, since, nextAt }) => ({
    ...participationIn(branch),
    call,
    attempts,
    error,
    since,
    nextAt,
  }));
}

/** Only remote branches are waited for, or settled. */
function participationIn(branch: BranchId): { readonly participant: string; readonly branch: string } {
  const own = participationOf(branch);
  if (!own) throw new Error(`${branch} is no branch of a participant`);
  return own;
}

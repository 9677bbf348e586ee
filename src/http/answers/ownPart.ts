import type { AccountId, BranchId } from '../../domain/ids';
import type { AbortReason } from '../../domain/transaction/state';
import { isElsewhere, type TransferQuery, type TransferRefusal } from '../../domain/transfer';
import type { ChangedTransaction } from '../../engine/feed/store';
import type { HistoryEntry, TransactionRecord } from '../../engine/transactions/record';

type TransferChanged = ChangedTransaction<TransferQuery, TransferRefusal>;
type TransferRecord = TransactionRecord<TransferQuery, TransferRefusal>;

/**
 * What an owner may see of a transfer that others pay for too: its own postings, and of the refusals those that say
 * nothing of another one's money. A transfer that it alone pays for is its own as a whole.
 */
export function ownPartOf(record: TransferRecord, owner: AccountId): TransferRecord {
  const { query } = record.state;
  if (query.postings.every(({ origin }) => origin === owner)) return record;
  const part = new OwnPart(query, owner);
  const { state, progress, history } = record;
  return {
    ...record,
    state: part.ofState(state),
    progress: progress.filter((_, index) => part.sees(state.branches[index] ?? '')),
    history: history.map((entry) => part.ofEntry(entry)),
  };
}

/** The same of what is told with a change of it. */
export function ownPartOfChange(change: TransferChanged, owner: AccountId): TransferChanged {
  if (change.query.postings.every(({ origin }) => origin === owner)) return change;
  return new OwnPart(change.query, owner).ofChange(change);
}

class OwnPart {
  private readonly query: TransferQuery;
  private readonly accounts: ReadonlySet<AccountId>;
  private readonly others: ReadonlySet<AccountId>;

  constructor(whole: TransferQuery, owner: AccountId) {
    const isOwn = whole.postings.map(({ origin, destination }) => origin === owner || destination === owner);
    const postings = whole.postings.filter((_, index) => isOwn[index]);
    const { captured } = whole;
    this.query = { ...whole, postings, ...(captured && { captured: captured.filter((_, index) => isOwn[index]) }) };
    this.accounts = new Set(postings.flatMap(({ origin, destination }) => [origin, destination]));
    this.others = new Set(whole.postings.map(({ origin }) => origin).filter((origin) => origin !== owner));
  }

  readonly sees = (branch: BranchId): boolean => this.accounts.has(branch) || isElsewhere(branch);

  ofState(state: TransferRecord['state']): TransferRecord['state'] {
    const own = { query: this.query, branches: state.branches.filter(this.sees) };
    if (state.status === 'aborting' || state.status === 'aborted') {
      return { ...state, ...own, reason: this.ofReason(state.reason) };
    }
    if (state.status !== 'failed') return { ...state, ...own };
    return { ...state, ...own, errors: state.errors.filter(({ branch }) => this.sees(branch)) };
  }

  ofEntry(entry: HistoryEntry<TransferRefusal>): HistoryEntry<TransferRefusal> {
    const { votes, confirmed, reason, errors, ...rest } = entry;
    return {
      ...rest,
      ...(votes && { votes: votes.filter(({ branch }) => this.sees(branch) && !this.others.has(branch)) }),
      ...(confirmed && { confirmed: confirmed.filter(this.sees) }),
      ...(reason && { reason: this.ofReason(reason) }),
      ...(errors && { errors: errors.filter(({ branch }) => this.sees(branch)) }),
    };
  }

  ofChange({ reason, errors, ...rest }: TransferChanged): TransferChanged {
    return {
      ...rest,
      query: this.query,
      ...(reason && { reason: this.ofReason(reason) }),
      ...(errors && { errors: errors.filter(({ branch }) => this.sees(branch)) }),
    };
  }

  private ofReason(reason: AbortReason<TransferRefusal>): AbortReason<TransferRefusal> {
    if (reason.kind !== 'branches') return reason;
    return { ...reason, reasons: reason.reasons.filter(({ branch }) => this.sees(branch) && !this.others.has(branch)) };
  }
}

import type { AccountId, BranchId } from '../../domain/ids';
import type { AbortReason, BranchError } from '../../domain/transaction/state';
import { isElsewhere, type TransferQuery, type TransferRefusal } from '../../domain/transfer';
import type { ChangedTransaction } from '../../engine/feed/store';
import type { HistoryEntry, TransactionRecord } from '../../engine/transactions/record';

type TransferChanged = ChangedTransaction<TransferQuery, TransferRefusal>;
type TransferRecord = TransactionRecord<TransferQuery, TransferRefusal>;

/**
 * The part of a transfer that one owner may see if other accounts pay too. It has the owner's own postings, and only
 * refusals that reveal nothing about another owner's money. Of remote services an owner sees only names and states.
 * Only services and admins see what participants were asked, and what participants and operators replied. An owner that
 * alone pays for a transfer sees everything else.
 */
export function ownPartOf(record: TransferRecord, owner: AccountId): TransferRecord {
  if (isItsOwn(record.state.query, owner)) return record;
  const part = new OwnPart(record.state.query, owner);
  const { state, progress, history } = record;
  return {
    ...record,
    state: part.ofState(state),
    progress: progress.filter((_, index) => part.sees(state.branches[index] ?? '')),
    unanswered: [],
    history: history.map((entry) => part.ofEntry(entry)),
  };
}

/** The same for a change of the transfer in the feed. */
export function ownPartOfChange(change: TransferChanged, owner: AccountId): TransferChanged {
  return isItsOwn(change.query, owner) ? change : new OwnPart(change.query, owner).ofChange(change);
}

function isItsOwn({ postings, participants }: TransferQuery, owner: AccountId): boolean {
  return !participants && postings.every(({ origin }) => origin === owner);
}

class OwnPart {
  private readonly query: TransferQuery;
  private readonly accounts: ReadonlySet<AccountId>;
  private readonly others: ReadonlySet<AccountId>;

  constructor(whole: TransferQuery, owner: AccountId) {
    const isOwn = whole.postings.map(({ origin, destination }) => origin === owner || destination === owner);
    const postings = whole.postings.filter((_, index) => isOwn[index]);
    const { captured, participants } = whole;
    this.query = {
      ...whole,
      postings,
      ...(captured && { captured: captured.filter((_, index) => isOwn[index]) }),
      ...(participants && { participants: participants.map(({ participant, branch }) => ({ participant, branch })) }),
    };
    this.accounts = new Set(postings.flatMap(({ origin, destination }) => [origin, destination]));
    this.others = new Set(whole.postings.map(({ origin }) => origin).filter((origin) => origin !== owner));
  }

  /**
   * Whether the owner may see the branch. A sole payer also sees the accounts that the service keeps for itself,
   * because they belong to its own accounts.
   */
  readonly sees = (branch: BranchId): boolean =>
    this.others.size === 0 || this.accounts.has(branch) || isElsewhere(branch);

  ofState(state: TransferRecord['state']): TransferRecord['state'] {
    const own = { query: this.query, branches: state.branches.filter(this.sees) };
    if (state.status === 'aborting' || state.status === 'aborted') {
      return { ...state, ...own, reason: this.ofReason(state.reason) };
    }
    if (state.status !== 'failed') return { ...state, ...own };
    return { ...state, ...own, errors: this.ofErrors(state.errors) };
  }

  ofEntry(entry: HistoryEntry<TransferRefusal>): HistoryEntry<TransferRefusal> {
    const { votes, confirmed, reason, errors, settled, ...rest } = entry;
    return {
      ...rest,
      ...(votes && { votes: votes.filter(({ branch }) => this.sees(branch) && !this.others.has(branch)) }),
      ...(confirmed && { confirmed: confirmed.filter(this.sees) }),
      ...(reason && { reason: this.ofReason(reason) }),
      ...(errors && { errors: this.ofErrors(errors) }),
      ...(settled && { settled: { branch: settled.branch, as: settled.as } }),
    };
  }

  ofChange({ reason, errors, ...rest }: TransferChanged): TransferChanged {
    return {
      ...rest,
      query: this.query,
      ...(reason && { reason: this.ofReason(reason) }),
      ...(errors && { errors: this.ofErrors(errors) }),
    };
  }

  private ofErrors(errors: readonly BranchError[]): readonly BranchError[] {
    return errors.filter(({ branch }) => this.sees(branch) && !isElsewhere(branch));
  }

  private ofReason(reason: AbortReason<TransferRefusal>): AbortReason<TransferRefusal> {
    if (reason.kind !== 'branches') return reason;
    const reasons = reason.reasons.filter(({ branch }) => this.sees(branch) && !this.others.has(branch));
    return { ...reason, reasons: reasons.map((each) => ({ ...each, reason: ofRefusal(each.reason) })) };
  }
}

/** Shows that a participant refused, without its text. */
function ofRefusal(refusal: TransferRefusal): TransferRefusal {
  return refusal.kind === 'participant-refused' ? { ...refusal, code: 'refused', detail: '' } : refusal;
}

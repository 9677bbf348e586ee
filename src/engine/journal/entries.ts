import type { JournalKind } from '../../domain/account/events';
import type { AccountState, AccountTerms, OpenBranch } from '../../domain/account/state';
import type { AccountId, BranchId, TransactionId } from '../../domain/ids';
import type { AbortReason, BranchError, FinalVote, TransactionStatus } from '../../domain/transaction/state';
import type { UnavailableError } from '../faults';
import type { KeyUse, RequestKey } from './requestKey';

/** One event of one account, with the account's state after it. Amounts in minor units. */
export interface JournalEntry {
  readonly account: AccountId;
  /** 1 for the first event of the account, without gaps. */
  readonly seq: number;
  readonly kind: JournalKind;
  readonly amount: bigint;
  /** What the row takes from the hold or expectation of its branch, if that differs from `amount`. */
  readonly promised?: bigint | undefined;
  readonly posting?: number | undefined;
  readonly balance: bigint;
  readonly held: bigint;
  readonly incoming: bigint;
  /** The entry at which the oldest open branch began. A load of the account reads from there. */
  readonly openSince?: number | undefined;
  readonly transactionId?: TransactionId | undefined;
  /** Set by an event that sets the terms. */
  readonly terms?: AccountTerms | undefined;
  /** The terms after the event; none unless the account is open then. */
  readonly termsAfter?: AccountTerms | undefined;
  readonly note?: EntryNote | undefined;
}

/** What a client said about an entry, and which client. */
export interface EntryNote {
  readonly description?: string | undefined;
  readonly metadata?: unknown;
  readonly requestedBy?: string | undefined;
}

/** An open branch, and the entry at which it began. */
export interface LoadedBranch extends OpenBranch {
  readonly transactionId: TransactionId;
  readonly since: number;
}

/** An account as of its entry `seq`; 0 when the account has no entries. */
export interface AccountSnapshot {
  readonly state: AccountState;
  readonly seq: number;
  readonly branches: readonly LoadedBranch[];
}

export interface Votes<R> {
  readonly votes?: readonly { readonly branch: BranchId; readonly vote: FinalVote<R>['kind'] }[];
}

/** The record of a transaction, with what is already known of its course when it is created. */
export interface NewTransaction<Q, R> extends Votes<R> {
  readonly id: TransactionId;
  readonly type: string;
  readonly query: Q;
  readonly branches: readonly BranchId[];
  readonly askedFirst: number;
  /** Committed: its branches' entries are in the same batch. */
  readonly status: 'preparing' | 'authorized' | 'committing' | 'committed' | 'aborted';
  readonly reason?: AbortReason<R>;
  /** Milliseconds from now to the deadline of the prepare phase. */
  readonly timeoutMs: number;
  /** Milliseconds from now to the expiry of the authorization. Only for a transaction that waits for a capture. */
  readonly expiresInMs?: number;
  readonly metadata?: unknown;
  /** Who asked for it: the owner or name behind the token. Never the token. */
  readonly requestedBy?: string;
  readonly key?: RequestKey;
}

/**
 * One status change, a compare-and-set on `from`. The same statement compares the deadline or the expiry (`guard`) with
 * the database's clock. If a `fenced` move is refused, nothing of the batch is written.
 */
export interface Move<Q, R> extends Votes<R> {
  readonly id: TransactionId;
  readonly from: TransactionStatus;
  readonly to: TransactionStatus;
  readonly guard?: 'before-deadline' | 'after-deadline' | 'before-expiry' | 'after-expiry';
  readonly fenced?: boolean;
  /** The query as a capture changed it. */
  readonly query?: Q;
  readonly reason?: AbortReason<R>;
  readonly errors?: readonly BranchError[];
  readonly confirmed?: readonly BranchId[];
}

export interface UsedKey extends KeyUse {
  readonly scope: string;
  readonly key: string;
}

/** What another coordinator asks of an account here. Amount in minor units. */
export interface ForeignRequest {
  readonly account: AccountId;
  readonly direction: 'debit' | 'credit';
  readonly amount: bigint;
  /** The account must have this currency. Undefined allows any currency. */
  readonly currency?: string | undefined;
}

/** How another coordinator names a branch: the service's name here, and the coordinator's own names for the transaction and the branch. */
export interface ForeignName {
  readonly caller: string;
  readonly transaction: string;
  readonly branch: string;
}

export interface IdentifiedName extends ForeignName {
  /** Derived from the name and unique to it. The journal shows it as the transaction of the branch's entries. */
  readonly id: TransactionId;
}

/** A branch of a transaction that another service coordinates. It is written once and never changes. */
export interface ForeignBranch extends IdentifiedName {
  /** Undefined for a branch that was aborted before any prepare arrived: a tombstone. */
  readonly asked?: ForeignRequest;
}

/** An account that was read and not written. The batch holds only if the account is still at this entry. */
export interface ReadAt {
  readonly account: AccountId;
  readonly seq: number;
}

/** Everything that one statement writes: all of it or nothing. */
export interface Batch<Q, R> {
  readonly entries: readonly JournalEntry[];
  readonly read: readonly ReadAt[];
  readonly created: readonly NewTransaction<Q, R>[];
  /** At most one move of each transaction. A batch with two is a defect and is refused with an Error. */
  readonly moves: readonly Move<Q, R>[];
  readonly keys: readonly UsedKey[];
  /** A branch that is already stored is a conflict. */
  readonly foreign: readonly ForeignBranch[];
}

/** The outcome of a batch. */
export type Appended =
  | {
      readonly kind: 'written';
      /** ISO 8601, of the database's clock. */
      readonly at: string;
      /** The transactions whose move was made. Any other transaction was not in the status `from`, or its time was over. */
      readonly moved: ReadonlySet<TransactionId>;
    }
  /** Nothing was written: another process wrote an account or a key, or a fenced move (`lost`) was refused. */
  | { readonly kind: 'conflict'; readonly lost: ReadonlySet<TransactionId> }
  /** Nothing was written: another session holds the totals of these accounts. */
  | { readonly kind: 'held'; readonly totals: ReadonlySet<AccountId> }
  /** Nothing was written: the statement hit the lock timeout or the statement timeout. */
  | { readonly kind: 'blocked'; readonly fault: UnavailableError };

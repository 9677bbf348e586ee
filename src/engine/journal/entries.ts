import type { JournalKind } from '../../domain/account/events';
import type { AccountState, AccountTerms, OpenBranch } from '../../domain/account/state';
import type { AccountId, BranchId, TransactionId } from '../../domain/ids';
import type { AbortReason, BranchError, FinalVote, TransactionStatus } from '../../domain/transaction/state';
import type { KeyUse, RequestKey } from './requestKey';

/** One event of one account, with the account as it is after it. Amounts in minor units. */
export interface JournalEntry {
  readonly account: AccountId;
  /** 1 for the first event of the account, and no gaps. */
  readonly seq: number;
  readonly kind: JournalKind;
  readonly amount: bigint;
  /** What the row takes from the hold or expectation of its branch, where that is not its amount. */
  readonly promised?: bigint | undefined;
  readonly posting?: number | undefined;
  readonly balance: bigint;
  readonly held: bigint;
  readonly incoming: bigint;
  /** Where the oldest branch that is still open began: who loads the account reads from there. */
  readonly openSince?: number | undefined;
  readonly transactionId?: TransactionId | undefined;
  /** Of an event that sets them. */
  readonly terms?: AccountTerms | undefined;
  readonly note?: EntryNote | undefined;
}

/** What a client said of an entry, and which client. */
export interface EntryNote {
  readonly description?: string | undefined;
  readonly metadata?: unknown;
  readonly requestedBy?: string | undefined;
}

/** A branch that is open, and where it began. */
export interface LoadedBranch extends OpenBranch {
  readonly transactionId: TransactionId;
  readonly since: number;
}

/** An account as of its entry `seq`; 0 when it has none. */
export interface AccountSnapshot {
  readonly state: AccountState;
  readonly seq: number;
  readonly branches: readonly LoadedBranch[];
}

export interface Votes<R> {
  readonly votes?: readonly { readonly branch: BranchId; readonly vote: FinalVote<R>['kind'] }[];
}

/** The record of a transaction, with as much of its way as is known when it is created. */
export interface NewTransaction<Q, R> extends Votes<R> {
  readonly id: TransactionId;
  readonly type: string;
  readonly query: Q;
  readonly branches: readonly BranchId[];
  readonly askedFirst: number;
  readonly status: 'preparing' | 'authorized' | 'committing' | 'aborted';
  readonly reason?: AbortReason<R>;
  /** From now to the deadline of the prepare phase. */
  readonly timeoutMs: number;
  /** From now to the expiry of the authorization; of a transaction that waits for a capture. */
  readonly expiresInMs?: number;
  readonly metadata?: unknown;
  /** Who asked for it: the owner or name behind the token, never the token. */
  readonly requestedBy?: string;
  readonly key?: RequestKey;
}

/**
 * One status change, a compare-and-set on `from`. `guard` compares the deadline, or the expiry, with the database's clock
 * in the same statement. Nothing of the batch is written when a move that is `fenced` is refused.
 */
export interface Move<Q, R> extends Votes<R> {
  readonly id: TransactionId;
  readonly from: TransactionStatus;
  readonly to: TransactionStatus;
  readonly guard?: 'before-deadline' | 'after-deadline' | 'before-expiry' | 'after-expiry';
  readonly fenced?: boolean;
  /** What a capture made of the query. */
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
  /** The account must be of it; whatever it is of, where nothing is said. */
  readonly currency?: string | undefined;
}

/** How another coordinator calls a branch: the name that it has here, and its own words for transaction and branch. */
export interface ForeignName {
  readonly caller: string;
  readonly transaction: string;
  readonly branch: string;
}

export interface IdentifiedName extends ForeignName {
  /** Made from the name, another one for each: it stands in the journal as the transaction of the branch's entries. */
  readonly id: TransactionId;
}

/** A branch of a transaction that another service coordinates. It is written once and never changes. */
export interface ForeignBranch extends IdentifiedName {
  /** None of a branch that was aborted before any prepare came: the tombstone. */
  readonly asked?: ForeignRequest;
}

/** An account that was read and not written: the batch holds only if it is still at this entry. */
export interface ReadAt {
  readonly account: AccountId;
  readonly seq: number;
}

/** All that one statement writes: all of it, or nothing. */
export interface Batch<Q, R> {
  readonly entries: readonly JournalEntry[];
  readonly read: readonly ReadAt[];
  readonly created: readonly NewTransaction<Q, R>[];
  /** At most one of each transaction; with two of them the batch is refused with an Error, as a defect. */
  readonly moves: readonly Move<Q, R>[];
  readonly keys: readonly UsedKey[];
  /** A branch that is there already is a conflict. */
  readonly foreign: readonly ForeignBranch[];
}

/** What became of a batch. */
export type Appended =
  | {
      readonly kind: 'written';
      /** ISO 8601, the database's clock. */
      readonly at: string;
      /** The transactions whose move was made; another one was not in the status it starts from, or out of time. */
      readonly moved: ReadonlySet<TransactionId>;
    }
  /** Nothing was written: an account or a key was written by another process, or a fenced move (`lost`) was refused. */
  | { readonly kind: 'conflict'; readonly lost: ReadonlySet<TransactionId> }
  /** Nothing was written: another session holds the totals of these accounts. */
  | { readonly kind: 'held'; readonly totals: ReadonlySet<AccountId> }
  /** Nothing was written: the statement waited too long for what another session holds. */
  | { readonly kind: 'blocked'; readonly cause: unknown };

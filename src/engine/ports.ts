import type { AccountRefusal } from '../domain/account/commands';
import type { AccountEvent } from '../domain/account/events';
import type { AccountBranchState, AccountState } from '../domain/account/state';
import type { AccountId, BranchId, TransactionId } from '../domain/ids';
import type {
  AbortReason,
  BranchError,
  FinalVote,
  TransactionState,
  TransactionStatus,
} from '../domain/transaction/state';
import type { JointMove } from './jointMove';
import type { Moved } from './moved';

/** Names a request of a client, so that repeating it does nothing new. `scope` is the caller the key belongs to. */
export interface RequestKey {
  readonly scope: string;
  readonly key: string;
  /** A digest of what was asked: the same key with another fingerprint is a client's mistake. */
  readonly fingerprint: string;
}

// ---------------------------------------------------------------------------------------------------------- accounts

/** An account as PostgreSQL has it. `version` counts the writes to its row: the higher one is the newer state. */
export interface AccountSnapshot {
  readonly state: AccountState;
  readonly version: bigint;
}

/** The answer of a keyed deposit or withdrawal, kept under its key. */
export type OperationAnswer =
  | { readonly kind: 'accepted'; readonly balance: bigint; readonly held: bigint }
  | { readonly kind: 'refused'; readonly refusal: AccountRefusal };

/**
 * One decided event on its way to the database. A refused keyed request is written too, without an event, so that its
 * answer stays the same.
 */
export interface AccountEntry {
  readonly event?: AccountEvent;
  /** A move of the event's transaction that the store may write in the same statement. */
  readonly joint?: JointMove | undefined;
  readonly operation?: RequestKey & { readonly refusal?: AccountRefusal; readonly description?: string };
}

/** What became of one entry. Only `applied` has changed anything. */
export type EntryOutcome =
  | { readonly kind: 'applied'; readonly balance: bigint; readonly held: bigint }
  /** The branch is not in the state that the event starts from. */
  | { readonly kind: 'branch-differs'; readonly branch: AccountBranchState | undefined }
  | { readonly kind: 'key-taken'; readonly fingerprint: string; readonly answer: OperationAnswer | undefined }
  /** The entries of this write do not fit the account as it is now; it was decided on an outdated state. */
  | { readonly kind: 'stale' };

export interface AccountWritten {
  /** The account after the write, read under its row lock. */
  readonly account: AccountSnapshot;
  /** One outcome for each entry, in order. */
  readonly outcomes: readonly EntryOutcome[];
}

export interface AccountStore {
  /** The account now. Throws {@link UnavailableError} when the database is away. */
  load(id: AccountId): Promise<AccountSnapshot>;
  /** The branch row of one participation. */
  loadBranch(id: AccountId, transactionId: TransactionId): Promise<AccountBranchState | undefined>;
  /** Creates an empty account. Idempotent: says whether this call created it. */
  open(id: AccountId): Promise<'opened' | 'exists'>;
  /**
   * Writes the entries of one account, durable when it resolves, all in one statement that guards itself: an entry
   * whose branch or key is not as expected is left out; entries that would break the account's bounds leave the whole
   * write out. Idempotent for entries with a branch or a key. Rejects with {@link UnavailableError} when the outcome
   * could not be learned.
   */
  write(id: AccountId, entries: readonly AccountEntry[]): Promise<AccountWritten>;
}

// ------------------------------------------------------------------------------------------------------ transactions

export interface HistoryEntry<R> {
  readonly status: TransactionStatus;
  /** ISO 8601, the database's clock. */
  readonly at: string;
  readonly votes?: readonly { readonly branch: BranchId; readonly vote: FinalVote<R>['kind'] }[];
  readonly confirmed?: readonly BranchId[];
  readonly reason?: AbortReason<R>;
  readonly errors?: readonly BranchError[];
}

/** A transaction as stored. Times are ISO 8601 of the database's clock. */
export interface TransactionRecord<Q, R> {
  readonly state: TransactionState<Q, R>;
  readonly type: string;
  readonly metadata?: unknown;
  /** How often a driver had to give up and leave the rest to a later one. */
  readonly attempts: number;
  readonly history: readonly HistoryEntry<R>[];
  readonly deadlineAt: string;
  /** Time left to the deadline when the record was read, by the database's clock. A hint: only the store judges. */
  readonly remainingMs: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly finishedAt?: string;
}

export interface NewTransaction<Q> {
  readonly id: TransactionId;
  readonly type: string;
  readonly query: Q;
  readonly branches: readonly BranchId[];
  /** From now to the deadline of the prepare phase. */
  readonly timeoutMs: number;
  readonly metadata?: unknown;
  readonly key?: RequestKey;
}

export type Created<Q, R> =
  | { readonly kind: 'created'; readonly record: TransactionRecord<Q, R> }
  /** The key was used before by the same request, which started this transaction. */
  | { readonly kind: 'replayed'; readonly id: TransactionId }
  /** The key was used before by another request. */
  | { readonly kind: 'key-reused' };

/**
 * One status change, a compare-and-set on `from`. `guard` compares the deadline with the database's clock in the same
 * statement: a decision to commit must come before it, a timeout after it.
 */
export interface Move<R> {
  readonly id: TransactionId;
  readonly from: TransactionStatus;
  readonly to: TransactionStatus;
  readonly guard?: 'before-deadline' | 'after-deadline';
  readonly reason?: AbortReason<R>;
  readonly errors?: readonly BranchError[];
  readonly votes?: readonly { readonly branch: BranchId; readonly vote: FinalVote<R>['kind'] }[];
  readonly confirmed?: readonly BranchId[];
}

export interface TransactionStore<Q, R> {
  /** Durable when it resolves, before any branch or job hears of it. Idempotent by id and by key. */
  create(transaction: NewTransaction<Q>): Promise<Created<Q, R>>;
  /** What {@link create} would find under this key; undefined when the key is unused. Begins nothing. */
  findKey(key: RequestKey): Promise<Exclude<Created<Q, R>, { readonly kind: 'created' }> | undefined>;
  /** Those of the transactions that exist, in no order. */
  read(ids: readonly TransactionId[]): Promise<TransactionRecord<Q, R>[]>;
  /** Those of the transactions that nobody drives any more, because they are final or failed. */
  readFinal(ids: readonly TransactionId[]): Promise<TransactionRecord<Q, R>[]>;
  /**
   * When it was moved and how many attempts there had been; undefined when it was not, because the status or the guard
   * said no: read the record and follow whoever won, which may have been this very call in an attempt whose answer was
   * lost.
   */
  move(move: Move<R>): Promise<Moved | undefined>;
  /**
   * Counts an attempt that was given up and says when the sweep may hand the transaction out again. Resolves to the
   * attempts so far.
   */
  defer(id: TransactionId, delayMs: number): Promise<number>;
  /**
   * Claims pending transactions that nobody has driven for too long: each is handed to one caller, and not again for
   * `leaseMs`, twice as long after the second claim. Counts an attempt for each. Records when this was, unless it is
   * said not to be a sweep of the schedule's.
   */
  claimDue(limit: number, leaseMs: number, sweep?: { readonly isSchedules: boolean }): Promise<Resumption[]>;
  /** Milliseconds since the last sweep of the schedule's, in any process, by the database's clock. */
  sweepAgeMs(): Promise<number>;
}

// --------------------------------------------------------------------------------------------------------- the others

/** A transaction to go on with, and how many attempts at it there were. */
export interface Resumption {
  readonly id: TransactionId;
  readonly attempts: number;
}

/** Hints to drive transactions. They may be lost, repeated or late: nothing that must happen depends on one. */
export interface WakeUps {
  /** Milliseconds between two wake-ups that are worth waiting for, because each costs the queue more than the wait. */
  readonly pauseMs: number;
  /** False while no wake-up can be sent: new work is then refused rather than left to the sweep. */
  available(): boolean;
  /** True while so many wake-ups wait that new work would only time out behind them: it is refused instead. */
  overloaded(): boolean;
  /** Wakes a driver for transactions that were created, or found without a driver, together. */
  drive(ids: readonly TransactionId[]): Promise<void>;
  /**
   * Wakes a driver for each transaction that an earlier one could not finish, `delayMs` from now. Repeating it for the
   * same attempt is the same wake-up.
   */
  resume(resumptions: readonly Resumption[], delayMs: number): Promise<void>;
}

export interface Clock {
  /** Milliseconds that only ever grow; their difference is a duration, they are no time of day. */
  monotonicMs(): number;
  sleep(ms: number): Promise<void>;
  /** In [0, 1). */
  random(): number;
}

export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

import type { AccountId, TransactionId } from '../../domain/ids';
import type { AbortReason, BranchError } from '../../domain/transaction/state';
import type { FeedCursor } from './cursor';

/** Changes of transfers and of accounts. The statement that makes a change also writes its event. */
export const TRANSFER_CHANGES = [
  'transfer.created',
  'transfer.authorized',
  'transfer.committed',
  'transfer.aborted',
  'transfer.failed',
] as const;
export const ACCOUNT_CHANGES = ['account.opened', 'account.frozen', 'account.closed'] as const;

export type TransferChange = (typeof TRANSFER_CHANGES)[number];
export type AccountChange = (typeof ACCOUNT_CHANGES)[number];
export type ChangeType = TransferChange | AccountChange;

interface Change {
  /** The place after this event. */
  readonly cursor: FeedCursor;
  /** ISO 8601, of the database's clock. */
  readonly at: string;
  /** Grows with each change of one transfer or account. Versions of two different ones cannot be compared. */
  readonly version: number;
}

/** What an event says of its transaction: facts that were true at the change and cannot have changed since. */
export interface ChangedTransaction<Q, R> {
  readonly query: Q;
  readonly metadata?: unknown;
  readonly requestedBy?: string;
  readonly expiresAt?: string;
  /** Set when the transaction was aborted. */
  readonly reason?: AbortReason<R>;
  /** Set when the transaction failed. */
  readonly errors?: readonly BranchError[];
}

export interface TransactionChange<Q, R> extends Change {
  readonly type: TransferChange;
  readonly id: TransactionId;
  /** Undefined after the transaction's record was pruned. */
  readonly transaction?: ChangedTransaction<Q, R>;
}

export interface AccountChanged extends Change {
  readonly type: AccountChange;
  readonly account: AccountId;
}

export type FeedEvent<Q, R> = TransactionChange<Q, R> | AccountChanged;

/** A part of the feed, in feed order. */
export interface FeedSlice<Q, R> {
  readonly events: readonly FeedEvent<Q, R>[];
  /** The place after the last row that was read, even when no row in the part is an event. */
  readonly next: FeedCursor;
  /** Whether more can likely be read now. */
  readonly hasMore: boolean;
}

/**
 * The feed as it is stored. A reader that goes on from `next` reads each committed change at least once. A change never
 * appears before a place that was already read. Throws UnavailableError when the database is away.
 */
export interface FeedStore<Q, R> {
  /** At most `limit` events after `cursor`. Undefined when the row that the cursor names is gone. */
  read(cursor: FeedCursor, limit: number): Promise<FeedSlice<Q, R> | undefined>;
  /** The place before the oldest row; the beginning when the feed is empty. */
  oldest(): Promise<FeedCursor>;
  /** The place after the newest readable row; the beginning when the feed is empty. */
  latest(): Promise<FeedCursor>;
}

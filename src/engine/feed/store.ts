import type { AccountId, TransactionId } from '../../domain/ids';
import type { AbortReason, BranchError } from '../../domain/transaction/state';
import type { FeedCursor } from './cursor';

/** Changes of transfers and of accounts, as the statements that made them wrote them down. */
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
  /** The place after it. */
  readonly cursor: FeedCursor;
  /** ISO 8601, the database's clock. */
  readonly at: string;
  /** Grows with each change of one transfer or account. Do not compare versions of two different ones. */
  readonly version: number;
}

/** What an event says of its transaction: facts that were true at the change, and cannot have changed since. */
export interface ChangedTransaction<Q, R> {
  readonly query: Q;
  readonly metadata?: unknown;
  readonly requestedBy?: string;
  readonly expiresAt?: string;
  /** Of one that was aborted. */
  readonly reason?: AbortReason<R>;
  /** Of one that failed. */
  readonly errors?: readonly BranchError[];
}

export interface TransactionChange<Q, R> extends Change {
  readonly type: TransferChange;
  readonly id: TransactionId;
  /** None after its record was pruned. */
  readonly transaction?: ChangedTransaction<Q, R>;
}

export interface AccountChanged extends Change {
  readonly type: AccountChange;
  readonly account: AccountId;
}

export type FeedEvent<Q, R> = TransactionChange<Q, R> | AccountChanged;

/** A part of the feed, in its order. */
export interface FeedSlice<Q, R> {
  readonly events: readonly FeedEvent<Q, R>[];
  /** The place after what was looked at, also where nothing in it is an event. */
  readonly next: FeedCursor;
  /** Whether there is likely to be more to read now. */
  readonly hasMore: boolean;
}

/**
 * The feed as it is stored. A reader that goes on from `next` reads each change that is committed at least once: a change
 * never appears in front of what was read. Throws UnavailableError when the database is away.
 */
export interface FeedStore<Q, R> {
  /** At most `limit` events after `cursor`; none at all when the row that it names is not there any more. */
  read(cursor: FeedCursor, limit: number): Promise<FeedSlice<Q, R> | undefined>;
  /** Before the oldest row that is kept; the beginning when there is none. */
  oldest(): Promise<FeedCursor>;
  /** After the newest row that can be read; the beginning when there is none. */
  latest(): Promise<FeedCursor>;
}

import type { TransactionId } from '../../domain/ids';
import type { Resumption, Settlement, TransactionRecord } from './record';
import type { Left } from './unanswered';

/**
 * Reads and claims the records of transactions. The journal writes the moves. Throws {@link UnavailableError} when the
 * database is away.
 */
export interface TransactionStore<Q, R> {
  /** The existing transactions of `ids`, in no order. */
  read(ids: readonly TransactionId[]): Promise<TransactionRecord<Q, R>[]>;
  /** The transactions of `ids` that are not pending: final, failed, or waiting for a capture. */
  readAtRest(ids: readonly TransactionId[]): Promise<TransactionRecord<Q, R>[]>;
  /**
   * Counts an attempt that a driver gave up, sets when a sweep may hand the transaction out again, and stores what is
   * left of its patient branches. A branch that has confirmed stays confirmed. Resolves to the number of attempts so
   * far.
   */
  defer(id: TransactionId, delayMs: number, left?: Left): Promise<number>;
  /**
   * Takes an operator's word for what a branch of a decided transaction did. The branch counts as confirmed, the
   * history keeps the word, and a failed transaction goes on from its decision. Counts an attempt. Resolves to false
   * when the transaction is undecided or has ended, or the branch has confirmed before.
   */
  settle(id: TransactionId, settlement: Settlement): Promise<boolean>;
  /**
   * Claims expired authorizations, and pending transactions whose last driver was heard of too long ago. Each is handed
   * to one caller and is not claimed again for `leaseMs`, or twice as long after the second claim. Counts an attempt
   * for each. Records the time of the claim, and whether the queue's schedule caused it; the default is that it did.
   */
  claimDue(limit: number, leaseMs: number, sweep?: { readonly isSchedules: boolean }): Promise<Resumption[]>;
  sweepAges(): Promise<SweepAges>;
}

/** Milliseconds since a process last looked for pending transactions, by the database's clock. */
export interface SweepAges {
  /** Since a sweep that the queue's schedule caused. */
  readonly scheduledMs: number;
  /** Since any look. A process looks by itself while the queue does not cause sweeps. */
  readonly lookedMs: number;
}

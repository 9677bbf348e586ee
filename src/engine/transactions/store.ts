import type { TransactionId } from '../../domain/ids';
import type { Resumption, Settlement, TransactionRecord } from './record';
import type { Left } from './unanswered';

/**
 * The records of transactions, to be read and claimed; what moves them is written through the journal. Throws
 * {@link UnavailableError} when the database is away.
 */
export interface TransactionStore<Q, R> {
  /** Those of the transactions that exist, in no order. */
  read(ids: readonly TransactionId[]): Promise<TransactionRecord<Q, R>[]>;
  /** Those of the transactions that are not pending: final, failed, or waiting for a capture. */
  readAtRest(ids: readonly TransactionId[]): Promise<TransactionRecord<Q, R>[]>;
  /**
   * Counts an attempt that was given up, says when the sweep may hand the transaction out again, and keeps what is left of
   * its patient branches. A branch that is known to have confirmed stays so. Resolves to the attempts so far.
   */
  defer(id: TransactionId, delayMs: number, left?: Left): Promise<number>;
  /**
   * Takes an operator's word for what a branch of a decided transaction did: it counts as confirmed, the word stays in the history, and a
   * transaction that has failed goes on from its decision. Counts an attempt. False when the transaction is not decided, has ended, or the branch has
   * confirmed before.
   */
  settle(id: TransactionId, settlement: Settlement): Promise<boolean>;
  /**
   * Claims pending transactions that no driver was heard of for too long, and authorizations that have expired: each is
   * handed to one caller, and not again for `leaseMs`, twice as long after the second claim. Counts an attempt for each.
   * Records when this was, and whether it is a sweep of the schedule's, as it is unless said.
   */
  claimDue(limit: number, leaseMs: number, sweep?: { readonly isSchedules: boolean }): Promise<Resumption[]>;
  sweepAges(): Promise<SweepAges>;
}

/** Milliseconds since pending transactions were looked for by any process, by the database's clock. */
export interface SweepAges {
  /** By the schedule of the queue. */
  readonly scheduledMs: number;
  /** At all: a process does so by itself while the queue does not have it done. */
  readonly lookedMs: number;
}

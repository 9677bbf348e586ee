import type { TransactionId } from '../domain/ids';
import type { AbortReason, Vote } from '../domain/transaction/state';
import type { JointMove } from './jointMove';

/**
 * One participant of a transaction, as the coordinator knows it. Every call may be repeated, may come late, and may
 * have been carried out although its answer was lost. A thrown error is retried and is never a vote; a
 * {@link TerminalError} stops the transaction as `failed`. `joint` is a move that a branch may write together with its
 * own state, if both are in one database; any branch may ignore it.
 */
export interface Branch<Q, R> {
  /**
   * Promises to commit or refuses. After a vote to commit this branch can always commit: whatever could refuse the
   * commit is reserved now. After an abort of the same transaction the vote is abort, for ever.
   */
  prepare(id: TransactionId, query: Q, joint?: JointMove): Promise<Vote<R>>;
  /** Applies what was prepared. Only ever called after the decision to commit is durable. */
  commit(id: TransactionId, joint?: JointMove): Promise<void>;
  /** Releases what was prepared, if anything; leaves a mark that refuses a prepare that comes later. */
  abort(id: TransactionId, reason: AbortReason<R>, joint?: JointMove): Promise<void>;
}

import type { TransactionId } from '../../domain/ids';
import type { Resumption } from './record';
import type { UnansweredCall } from './unanswered';

/** Hints to drive transactions. A hint may be lost, repeated or late. Correctness must not depend on one. */
export interface WakeUps {
  /** Milliseconds worth waiting between two wake-ups, because each wake-up costs the queue more than the wait. */
  readonly pauseMs: number;
  /** False while no wake-up can be sent. */
  available(): boolean;
  /** False while no process can be woken. New transactions would only time out. */
  attended(): boolean;
  /** True while so many wake-ups wait that new work would only time out behind them. */
  overloaded(): boolean;
  /** Wakes one driver for transactions that were created, decided, or found without a driver. */
  drive(ids: readonly TransactionId[]): Promise<void>;
  /**
   * Wakes a driver, `delayMs` from now, for each transaction that an earlier driver could not finish. A repetition for
   * the same attempt is the same wake-up.
   */
  resume(resumptions: readonly Resumption[], delayMs: number): Promise<void>;
  /**
   * Wakes a driver, `delayMs` from now, for one unanswered call of a transaction. A repetition for the same attempt is
   * the same wake-up.
   */
  askAgain(id: TransactionId, call: UnansweredCall, delayMs: number): Promise<void>;
}

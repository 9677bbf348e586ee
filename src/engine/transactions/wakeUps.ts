import type { TransactionId } from '../../domain/ids';
import type { Resumption } from './record';
import type { UnansweredCall } from './unanswered';

/** Hints to drive transactions. They may be lost, repeated or late: nothing that must happen depends on one. */
export interface WakeUps {
  /** Milliseconds between two wake-ups that are worth waiting for, because each costs the queue more than the wait. */
  readonly pauseMs: number;
  /** False while no wake-up can be sent. */
  available(): boolean;
  /** False while no process is there to be woken: what is new would only time out. */
  attended(): boolean;
  /** True while so many wake-ups wait that new work would only time out behind them. */
  overloaded(): boolean;
  /** Wakes a driver for transactions that were created, decided, or found without a driver, together. */
  drive(ids: readonly TransactionId[]): Promise<void>;
  /**
   * Wakes a driver for each transaction that an earlier one could not finish, `delayMs` from now. Repeating it for the
   * same attempt is the same wake-up.
   */
  resume(resumptions: readonly Resumption[], delayMs: number): Promise<void>;
  /** Wakes a driver, `delayMs` from now, for one call of a transaction that came to nothing. The same attempt is the same wake-up. */
  askAgain(id: TransactionId, call: UnansweredCall, delayMs: number): Promise<void>;
}

import type { AccountId } from '../../domain/ids';
import type { AccountSnapshot } from './entries';

/** An account's memory as the group commit sees it: the account as of one entry, or nothing. */
export interface Stream {
  readonly id: AccountId;
  /** The last known entry, written or about to be written. */
  readonly seq: number;
  readonly isLoaded: boolean;
  /** Units that wait for an answer about this account. */
  unanswered: number;
  load(snapshot: AccountSnapshot): void;
  /** The memory may be wrong: it is read again before the next decision. */
  forget(): void;
  /** Everything in memory is durable. */
  landed(): void;
  /** Whether another process also writes this account at this time. */
  isContested(nowMs: number): boolean;
  /** Milliseconds for which the account is still left to another process that also writes it. */
  restsForMs(nowMs: number): number;
}

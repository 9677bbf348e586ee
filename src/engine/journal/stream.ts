import type { AccountId } from '../../domain/ids';
import type { AccountSnapshot } from './entries';

/** An account's memory, as the group commit knows it: it is as of one entry, or nothing is known. */
export interface Stream {
  readonly id: AccountId;
  /** The last entry that is known, written or about to be. */
  readonly seq: number;
  readonly isLoaded: boolean;
  /** Units that wait for an answer about this account. */
  unanswered: number;
  load(snapshot: AccountSnapshot): void;
  /** What it knew may be wrong: it is read again before the next decision. */
  forget(): void;
  /** Everything it knows is durable. */
  landed(): void;
  /** Whether another process was found to write it at this time. */
  isContested(nowMs: number): boolean;
  /** Milliseconds for which it is left to another process that writes it too. */
  restsForMs(nowMs: number): number;
}

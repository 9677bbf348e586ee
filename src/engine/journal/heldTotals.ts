import type { AccountId } from '../../domain/ids';

/**
 * While the lock is younger than this, another process may only be writing the same totals. The unit retries at once,
 * as after any conflict.
 */
const BRIEFLY_MS = 50;
/** Milliseconds between two tries after that. */
const RETRY_MS = 20;
/** A unit that has waited this long for the totals of an account is told that another session holds them. */
export const HELD_MAX_MS = 1_000;

/** What to do about held totals: retry as after a conflict, retry later and apart, or give up. */
export type Held = 'briefly' | 'longer' | 'too-long';

interface HeldAccount {
  sinceMs: number;
  isApart: boolean;
  untilMs: number;
}

/**
 * The accounts whose totals another session holds. Units that add to totals which stay locked are written apart, so
 * that no other unit of a statement waits for them.
 */
export class HeldTotals {
  private readonly accounts = new Map<AccountId, HeldAccount>();

  /** Records that another session holds the totals now. */
  found(account: AccountId, nowMs: number): Held {
    const held = this.accounts.get(account) ?? { sinceMs: nowMs, isApart: false, untilMs: nowMs };
    this.accounts.set(account, held);
    const heldMs = nowMs - held.sinceMs;
    if (heldMs < BRIEFLY_MS && !held.isApart) return 'briefly';
    held.isApart = true;
    held.untilMs = nowMs + RETRY_MS;
    if (heldMs < HELD_MAX_MS) return 'longer';
    // Writes that arrive from now on get the same time.
    held.sinceMs = nowMs;
    return 'too-long';
  }

  /** Whether units that add to the totals of this account are written apart. */
  has(account: AccountId | undefined): account is AccountId {
    return account !== undefined && this.accounts.get(account)?.isApart === true;
  }

  /** Milliseconds until the next try of units that add to these totals. */
  waitMs(account: AccountId | undefined, nowMs: number): number {
    const untilMs = account === undefined ? undefined : this.accounts.get(account)?.untilMs;
    return untilMs === undefined ? 0 : Math.max(0, untilMs - nowMs);
  }

  written(account: AccountId): void {
    this.accounts.delete(account);
  }
}

import type { AccountId } from '../../domain/ids';

/** While the lock is younger than this, another process may just be writing the same totals: try again at once, as after any conflict. */
const BRIEFLY_MS = 50;
/** Between two tries after that. */
const RETRY_MS = 20;
/** A unit that has waited for this long for the totals of an account is answered that they are locked. */
export const HELD_MAX_MS = 1_000;

/** What to do about totals that are held: as after a conflict, or later and apart, or no more. */
export type Held = 'briefly' | 'longer' | 'too-long';

interface HeldAccount {
  sinceMs: number;
  isApart: boolean;
  untilMs: number;
}

/**
 * The accounts whose totals another session was found to hold. What adds to totals that are held for longer is written
 * apart, so that nothing else of a statement waits for them.
 */
export class HeldTotals {
  private readonly accounts = new Map<AccountId, HeldAccount>();

  /** Notes that the totals are held now. */
  found(account: AccountId, nowMs: number): Held {
    const held = this.accounts.get(account) ?? { sinceMs: nowMs, isApart: false, untilMs: nowMs };
    this.accounts.set(account, held);
    const heldMs = nowMs - held.sinceMs;
    if (heldMs < BRIEFLY_MS && !held.isApart) return 'briefly';
    held.isApart = true;
    held.untilMs = nowMs + RETRY_MS;
    if (heldMs < HELD_MAX_MS) return 'longer';
    // Those that come now are given as long.
    held.sinceMs = nowMs;
    return 'too-long';
  }

  /** Whether what adds to the totals of this account is written apart. */
  has(account: AccountId | undefined): account is AccountId {
    return account !== undefined && this.accounts.get(account)?.isApart === true;
  }

  /** Milliseconds until what adds to these totals is to be tried again. */
  waitMs(account: AccountId | undefined, nowMs: number): number {
    const untilMs = account === undefined ? undefined : this.accounts.get(account)?.untilMs;
    return untilMs === undefined ? 0 : Math.max(0, untilMs - nowMs);
  }

  written(account: AccountId): void {
    this.accounts.delete(account);
  }
}

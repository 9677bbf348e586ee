import type { Ledger } from '../../engine/reads';

/**
 * The totals of a wallet as clients see them, in minor units. Totals have no bound, so they stay bigint until the JSON
 * is written.
 */
export function viewLedger(ledger: Ledger) {
  return {
    ownerId: ledger.account,
    depositCents: ledger.deposited,
    depositCount: ledger.depositCount,
    withdrawCents: ledger.withdrawn,
    withdrawCount: ledger.withdrawCount,
    lastActivityAt: ledger.lastActivityAt,
  };
}

export function emptyLedger(ownerId: string) {
  return { ownerId, depositCents: 0, depositCount: 0, withdrawCents: 0, withdrawCount: 0, lastActivityAt: null };
}

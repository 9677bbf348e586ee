import { assertNever } from '../assertNever';
import type { AccountEvent } from './events';
import { EMPTY, type OpenAccount } from './state';

export type JournalKind = 'deposit' | 'withdraw' | 'hold' | 'release' | 'transfer-out' | 'transfer-in';

/** The journal kind of an event, or none for an event that changes neither balance nor hold. */
export function journalKindOf(event: AccountEvent): JournalKind | undefined {
  switch (event.type) {
    case 'MoneyDeposited':
      return 'deposit';
    case 'MoneyWithdrawn':
      return 'withdraw';
    case 'BranchPrepared':
      return event.direction === 'debit' ? 'hold' : undefined;
    case 'BranchCommitted':
      return event.direction === 'debit' ? 'transfer-out' : 'transfer-in';
    case 'BranchAborted':
      return event.direction === 'debit' ? 'release' : undefined;
    case 'BranchTombstoned':
      return undefined;
    default:
      return assertNever(event);
  }
}

export interface JournalEntry {
  readonly kind: JournalKind;
  readonly amount: bigint;
}

/** Balance and hold after one more entry. `transfer-out` spends what its `hold` promised. */
export function replayEntry(account: OpenAccount, { kind, amount }: JournalEntry): OpenAccount {
  switch (kind) {
    case 'deposit':
    case 'transfer-in':
      return { ...account, balance: account.balance + amount };
    case 'withdraw':
      return { ...account, balance: account.balance - amount };
    case 'hold':
      return { ...account, held: account.held + amount };
    case 'release':
      return { ...account, held: account.held - amount };
    case 'transfer-out':
      return { ...account, balance: account.balance - amount, held: account.held - amount };
    default:
      return assertNever(kind);
  }
}

/** Replays the journal of one account, oldest entry first. */
export function replay(entries: Iterable<JournalEntry>, from: OpenAccount = EMPTY): OpenAccount {
  let account = from;
  for (const entry of entries) account = replayEntry(account, entry);
  return account;
}

import { assertNever } from '../assertNever';
import type { AccountEvent, BranchEvent } from './events';
import type { AccountBranchState, AccountState } from './state';

/** What an event adds to an account, in minor units. */
export interface AccountChange {
  readonly balance: bigint;
  readonly held: bigint;
  readonly incoming: bigint;
}

const NOTHING: AccountChange = { balance: 0n, held: 0n, incoming: 0n };

/** The change an event makes: applied in memory by {@link evolve} and by the store to the row, so that they agree. */
export function changeOf(event: AccountEvent): AccountChange {
  switch (event.type) {
    case 'MoneyDeposited':
      return { ...NOTHING, balance: event.amount };
    case 'MoneyWithdrawn':
      return { ...NOTHING, balance: -event.amount };
    case 'BranchPrepared':
      return event.direction === 'debit' ? { ...NOTHING, held: event.amount } : { ...NOTHING, incoming: event.amount };
    case 'BranchCommitted':
      return event.direction === 'debit'
        ? { balance: -event.amount, held: -event.amount, incoming: 0n }
        : { balance: event.amount, held: 0n, incoming: -event.amount };
    case 'BranchAborted':
      return event.direction === 'debit'
        ? { ...NOTHING, held: -event.amount }
        : { ...NOTHING, incoming: -event.amount };
    case 'BranchTombstoned':
      return NOTHING;
    default:
      return assertNever(event);
  }
}

export function evolve(account: AccountState, event: AccountEvent): AccountState {
  if (account.status === 'absent') return account;
  const change = changeOf(event);
  return {
    status: 'open',
    balance: account.balance + change.balance,
    held: account.held + change.held,
    incoming: account.incoming + change.incoming,
  };
}

/** The branch after an event of its transaction. */
export function evolveBranch(event: BranchEvent): AccountBranchState {
  switch (event.type) {
    case 'BranchPrepared':
      return { state: 'prepared', direction: event.direction, amount: event.amount };
    case 'BranchCommitted':
      return { state: 'committed', direction: event.direction, amount: event.amount };
    case 'BranchAborted':
      return { state: 'aborted', direction: event.direction, amount: event.amount };
    case 'BranchTombstoned':
      return { state: 'tombstone' };
    default:
      return assertNever(event);
  }
}

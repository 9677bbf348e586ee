import type { TransactionId } from '../ids';

/**
 * An account in minor units. `held` is promised to prepared outgoing branches, `incoming` by prepared incoming ones.
 * Always `0 <= held <= balance` and `balance + incoming <= AMOUNT_MAX`.
 */
export interface OpenAccount {
  readonly status: 'open';
  readonly balance: bigint;
  readonly held: bigint;
  readonly incoming: bigint;
}

export interface AbsentAccount {
  readonly status: 'absent';
}

export type AccountState = AbsentAccount | OpenAccount;

export const ABSENT: AbsentAccount = { status: 'absent' };
export const EMPTY: OpenAccount = { status: 'open', balance: 0n, held: 0n, incoming: 0n };

export function available(account: OpenAccount): bigint {
  return account.balance - account.held;
}

export type Direction = 'debit' | 'credit';

/** One participation of an account in a transaction: a row of `account_branches`. */
export type AccountBranchState =
  | {
      readonly state: 'prepared' | 'committed' | 'aborted';
      readonly direction: Direction;
      readonly amount: bigint;
    }
  /** The abort came before any prepare; every later prepare is refused. */
  | { readonly state: 'tombstone' };

/** The branches of one account that are known, by transaction. A transaction that is not in the map has no row. */
export type AccountBranches = ReadonlyMap<TransactionId, AccountBranchState>;

import type { TransactionId } from '../ids';
import type { Direction } from './state';

export type MoneyEvent =
  | { readonly type: 'MoneyDeposited'; readonly amount: bigint }
  | { readonly type: 'MoneyWithdrawn'; readonly amount: bigint };

export type BranchEvent =
  | {
      readonly type: 'BranchPrepared' | 'BranchCommitted' | 'BranchAborted';
      readonly transactionId: TransactionId;
      readonly direction: Direction;
      readonly amount: bigint;
    }
  | { readonly type: 'BranchTombstoned'; readonly transactionId: TransactionId };

export type AccountEvent = MoneyEvent | BranchEvent;

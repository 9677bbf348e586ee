import type { TransactionId } from '../ids';

export type MoneyCommand =
  | { readonly type: 'Deposit'; readonly amount: bigint }
  | { readonly type: 'Withdraw'; readonly amount: bigint };

export type BranchCommand =
  | { readonly type: 'PrepareDebit'; readonly transactionId: TransactionId; readonly amount: bigint }
  | { readonly type: 'PrepareCredit'; readonly transactionId: TransactionId; readonly amount: bigint }
  | { readonly type: 'CommitBranch'; readonly transactionId: TransactionId }
  | { readonly type: 'AbortBranch'; readonly transactionId: TransactionId };

export type AccountCommand = MoneyCommand | BranchCommand;

export type AccountRefusal =
  | { readonly kind: 'account-not-found' }
  | { readonly kind: 'insufficient-funds'; readonly missing: bigint }
  | { readonly kind: 'balance-limit-exceeded' }
  /** A prepare that comes after the abort. */
  | { readonly kind: 'branch-aborted' }
  /** A commit without a prepare, a commit after an abort, an abort after a commit: no correct coordinator sends it. */
  | { readonly kind: 'protocol-violation'; readonly detail: string };

import type { TransactionId } from '../ids';
import type { AccountTerms } from './state';

/** One posting from the view of one of its accounts. */
export interface Line {
  readonly direction: 'out' | 'in';
  readonly amount: bigint;
  /** Its index among the postings of the transaction. */
  readonly posting: number;
}

/** What an account must promise, in minor units. */
export interface Promised {
  readonly held: bigint;
  readonly incoming: bigint;
  /** The most that may arrive. The balance must have room for it below the largest balance. */
  readonly arrivingMax: bigint;
  /** The account must have this currency. `code: undefined` requires an account without a currency. An absent `currency` allows any. */
  readonly currency?: { readonly code: string | undefined };
}

export type AccountCommand =
  | { readonly type: 'Open'; readonly terms: AccountTerms }
  | { readonly type: 'Deposit'; readonly amount: bigint }
  | { readonly type: 'Withdraw'; readonly amount: bigint }
  | { readonly type: 'ChangeTerms'; readonly change: Partial<Omit<AccountTerms, 'currency'>> }
  | { readonly type: 'Close' };

export type BranchCommand =
  | { readonly type: 'Prepare'; readonly transactionId: TransactionId; readonly promised: Promised }
  /** Applies these lines. They never exceed the promise. */
  | { readonly type: 'Commit'; readonly transactionId: TransactionId; readonly lines: readonly Line[] }
  | { readonly type: 'Abort'; readonly transactionId: TransactionId };

export type AccountRefusal =
  | { readonly kind: 'account-not-found' }
  | { readonly kind: 'account-already-exists' }
  | { readonly kind: 'account-closed' }
  | { readonly kind: 'account-frozen'; readonly frozen: 'debits' | 'all' }
  | { readonly kind: 'account-not-empty' }
  | { readonly kind: 'currency-mismatch'; readonly currency: string | undefined }
  | { readonly kind: 'insufficient-funds'; readonly missing: bigint }
  | { readonly kind: 'balance-limit-exceeded' }
  /** The prepare comes after the abort. */
  | { readonly kind: 'branch-aborted' }
  /** A commit without a prepare, a commit after an abort, or an abort after a commit. No correct coordinator sends these. */
  | { readonly kind: 'protocol-violation'; readonly detail: string };

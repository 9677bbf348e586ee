import type { TransactionId } from '../ids';
import type { AccountTerms } from './state';

/** One posting as one of its accounts sees it. */
export interface Line {
  readonly direction: 'out' | 'in';
  readonly amount: bigint;
  /** Its place among the postings of the transaction. */
  readonly posting: number;
}

/** What an account is asked to promise, in minor units. */
export interface Promised {
  readonly held: bigint;
  readonly incoming: bigint;
  /** The most that may arrive: there has to be room for it below the largest balance. */
  readonly arrivingMax: bigint;
  /** The account must be of it, or of none where it is undefined; whatever it is of, where nothing is said. */
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
  /** Applies these lines, which ask for no more than was promised. */
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
  /** A prepare that comes after the abort. */
  | { readonly kind: 'branch-aborted' }
  /** A commit without a prepare, a commit after an abort, an abort after a commit: no correct coordinator sends it. */
  | { readonly kind: 'protocol-violation'; readonly detail: string };

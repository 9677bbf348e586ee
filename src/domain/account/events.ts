import type { TransactionId } from '../ids';
import type { AccountTerms } from './state';

/**
 * What happens to an account. Each event is one row of the account's journal, and `kind` is the row's kind. Amounts in
 * minor units, never negative.
 *
 * A paying branch goes from `hold` to `spend` or `release`. A receiving branch goes from `expect` to `receive` or
 * `cancel`. A branch that was aborted before any prepare is a `tombstone`. There is one `spend` or `receive` for each
 * posting, with the gross amount. `promised` is what the row takes from the hold or the expectation: all of it in the
 * branch's first row of that kind, and nothing in the other rows.
 */
export type AccountEvent =
  | { readonly kind: 'opened'; readonly terms: AccountTerms }
  | { readonly kind: 'deposit' | 'withdraw'; readonly amount: bigint }
  | {
      readonly kind: 'hold' | 'expect' | 'release' | 'cancel';
      readonly transactionId: TransactionId;
      readonly amount: bigint;
    }
  | {
      readonly kind: 'spend' | 'receive';
      readonly transactionId: TransactionId;
      readonly amount: bigint;
      readonly promised: bigint;
      /** Which posting of the transaction this is. */
      readonly posting: number;
    }
  | { readonly kind: 'tombstone'; readonly transactionId: TransactionId }
  /** Repeats a branch that has been open for long. `amount` is what it holds, `promised` is what it expects. */
  | {
      readonly kind: 'carry';
      readonly transactionId: TransactionId;
      readonly amount: bigint;
      readonly promised: bigint;
    }
  | { readonly kind: 'terms'; readonly terms: AccountTerms }
  | { readonly kind: 'closed' };

export type JournalKind = AccountEvent['kind'];

export const JOURNAL_KINDS = [
  'opened',
  'deposit',
  'withdraw',
  'hold',
  'expect',
  'spend',
  'receive',
  'release',
  'cancel',
  'tombstone',
  'carry',
  'terms',
  'closed',
] as const satisfies readonly JournalKind[];

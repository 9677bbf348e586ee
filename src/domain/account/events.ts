import type { TransactionId } from '../ids';
import type { AccountTerms } from './state';

/**
 * What happens to an account: each event is one row of its journal, and `kind` is what the row says. Amounts in minor
 * units, never negative.
 *
 * A branch that pays goes `hold` and then `spend` or `release`; one that receives goes `expect` and then `receive` or
 * `cancel`; a branch aborted before any prepare is a `tombstone`. `spend` and `receive` stand once for each posting,
 * gross; `promised` is what the row takes from the hold or the expectation, which is all of it in the branch's first row
 * of that kind and nothing in the others.
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
      /** Which of the transaction's postings. */
      readonly posting: number;
    }
  | { readonly kind: 'tombstone'; readonly transactionId: TransactionId }
  /** A branch that has been open for long, told again: `amount` is what it holds, `promised` what it expects. */
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

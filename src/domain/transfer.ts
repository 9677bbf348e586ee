import type { AccountId } from './ids';

/** What a transfer asks of its two branches. `amount` in minor units, 1 .. AMOUNT_MAX. */
export interface TransferQuery {
  readonly origin: AccountId;
  readonly destination: AccountId;
  readonly amount: bigint;
}

/** Why an account votes to abort a transfer. */
export type TransferRefusal =
  | { readonly kind: 'account-not-found'; readonly account: AccountId }
  | { readonly kind: 'insufficient-funds'; readonly account: AccountId; readonly missing: bigint }
  | { readonly kind: 'balance-limit-exceeded'; readonly account: AccountId }
  /** The prepare came after the abort of the same transaction: whoever sent it has already lost. */
  | { readonly kind: 'branch-aborted'; readonly account: AccountId };

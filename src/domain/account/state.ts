import type { TransactionId } from '../ids';
import { AMOUNT_MAX } from '../money';

export type Frozen = 'debits' | 'all';

/** The properties of an account that seldom change. `overdraftLimit` in minor units: the balance may go down to minus this amount. */
export interface AccountTerms {
  /** Undefined when the account was opened without a currency. It never changes. */
  readonly currency: string | undefined;
  readonly overdraftLimit: bigint;
  readonly frozen: Frozen | undefined;
}

export const PLAIN_TERMS: AccountTerms = { currency: undefined, overdraftLimit: 0n, frozen: undefined };

/**
 * An account, in minor units. `held` is what the account has promised through prepared branches that pay. `incoming` is
 * what prepared branches that receive have promised to it. Once its last event is applied, always `0 <= held <= balance
 * + overdraftLimit`, `balance + incoming <= AMOUNT_MAX`, `held <= AMOUNT_MAX` and `incoming <= AMOUNT_MAX`.
 */
export interface OpenAccount {
  readonly status: 'open';
  readonly balance: bigint;
  readonly held: bigint;
  readonly incoming: bigint;
  readonly terms: AccountTerms;
}

/** Refuses every command. Its journal stays readable. */
export interface ClosedAccount {
  readonly status: 'closed';
  readonly terms: AccountTerms;
}

export interface AbsentAccount {
  readonly status: 'absent';
}

export type AccountState = AbsentAccount | OpenAccount | ClosedAccount;

export const ABSENT: AbsentAccount = { status: 'absent' };
export const EMPTY: OpenAccount = { status: 'open', balance: 0n, held: 0n, incoming: 0n, terms: PLAIN_TERMS };

/**
 * What the account can spend or promise now. Promised income never counts. What is held and available never exceeds
 * AMOUNT_MAX together, which only a large overdraft limit would allow: readers of JSON round larger numbers.
 */
export function available({ balance, held, terms }: Pick<OpenAccount, 'balance' | 'held' | 'terms'>): bigint {
  const funds = balance + terms.overdraftLimit;
  if (funds > AMOUNT_MAX) return AMOUNT_MAX - held;
  return funds - held;
}

/** A prepared branch: what it holds, and the income for which it reserves room. */
export interface OpenBranch {
  readonly state: 'prepared';
  readonly held: bigint;
  readonly incoming: bigint;
}

/**
 * The branch of one transaction at an account. `aborted` is also the tombstone of a branch that was never prepared:
 * every later prepare is refused.
 */
export type AccountBranchState = OpenBranch | { readonly state: 'committed' } | { readonly state: 'aborted' };

/** What a decision reads: the account and, for a branch command, its branch. */
export interface AccountView {
  readonly account: AccountState;
  /** Undefined when the account has no entry of this transaction. */
  readonly branch: AccountBranchState | undefined;
}

export type OpenBranches = ReadonlyMap<TransactionId, OpenBranch>;

import type { TransactionId } from '../ids';

export type Frozen = 'debits' | 'all';

/** What seldom changes of an account. `overdraftLimit` in minor units: the balance may go down to minus it. */
export interface AccountTerms {
  /** None when the account was opened without one; fixed for life. */
  readonly currency: string | undefined;
  readonly overdraftLimit: bigint;
  readonly frozen: Frozen | undefined;
}

export const PLAIN_TERMS: AccountTerms = { currency: undefined, overdraftLimit: 0n, frozen: undefined };

/**
 * An account in minor units. `held` is promised to prepared branches that pay, `incoming` by prepared branches that
 * receive. Always `0 <= held <= balance + overdraftLimit` once its last event is applied, and `balance + incoming <=
 * AMOUNT_MAX`.
 */
export interface OpenAccount {
  readonly status: 'open';
  readonly balance: bigint;
  readonly held: bigint;
  readonly incoming: bigint;
  readonly terms: AccountTerms;
}

/** Refuses everything; its journal stays readable. */
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

/** What may be spent or promised now. Income that is only promised never counts. */
export function available({ balance, held, terms }: OpenAccount): bigint {
  return balance + terms.overdraftLimit - held;
}

/** A branch that is prepared: what it holds and what it reserves room for. */
export interface OpenBranch {
  readonly state: 'prepared';
  readonly held: bigint;
  readonly incoming: bigint;
}

/**
 * One participation of an account in a transaction. `aborted` is also the tombstone of a branch that was never
 * prepared: every later prepare is refused.
 */
export type AccountBranchState = OpenBranch | { readonly state: 'committed' } | { readonly state: 'aborted' };

/** What an account's command is decided on: the account, and for a branch command the branch it is about. */
export interface AccountView {
  readonly account: AccountState;
  /** Undefined when the account has nothing of this transaction. */
  readonly branch: AccountBranchState | undefined;
}

export type OpenBranches = ReadonlyMap<TransactionId, OpenBranch>;

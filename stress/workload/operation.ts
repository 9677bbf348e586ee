interface Common {
  /** The idempotency key: what this operation is called everywhere. */
  readonly key: string;
  readonly amount: number;
  /** How many times the request is sent at once, with the same key. */
  readonly copies: number;
}

export interface Transfer extends Common {
  readonly kind: 'transfer';
  readonly origin: string;
  readonly destination: string;
  /** In the path, in a body, or in a body with `Prefer: respond-async`. */
  readonly style: 'path' | 'body' | 'async';
  /** Deadline of the prepare phase; the service's default when undefined. Only with a body. */
  readonly timeoutMs?: number;
  /** The client changes its mind as soon as it knows the transfer's id. Only with `async`. */
  readonly aborts: boolean;
}

export interface Payment extends Common {
  readonly kind: 'deposit' | 'withdraw';
  readonly account: string;
}

export type Operation = Transfer | Payment;

/** Accounts that never have money. What they ask for is never theirs to get. */
export const PENNILESS = 'penniless-';

export function isPenniless(operation: Operation): boolean {
  return operation.kind === 'transfer' && operation.origin.startsWith(PENNILESS);
}

/** The same key with another amount: the service must refuse it and do nothing. */
export function otherRequestSameKey(operation: Operation): Operation {
  return { ...operation, amount: operation.amount > 1 ? operation.amount - 1 : 2 };
}

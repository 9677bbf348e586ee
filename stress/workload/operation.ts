interface Common {
  /** The idempotency key. It names the operation everywhere. */
  readonly key: string;
  /** How many times the request is sent at the same time, with the same key. */
  readonly copies: number;
}

export interface Posting {
  readonly origin: string;
  readonly destination: string;
  readonly amount: number;
}

/** What the client does with an authorization. */
export type Ending =
  /** Captures `amounts` of each posting, or all of it if undefined. `atExpiry`: as close to the expiry as possible. */
  | { readonly kind: 'capture'; readonly amounts?: readonly number[]; readonly atExpiry?: boolean }
  | { readonly kind: 'void' }
  /** Does nothing in time. `late`: captures afterwards, which must be refused. */
  | { readonly kind: 'expire'; readonly late: boolean }
  /** Sends different requests at the same time: one captures all, one captures `amounts`, one voids. One of them wins. */
  | { readonly kind: 'race'; readonly amounts: readonly number[] };

export interface Transfer extends Common {
  readonly kind: 'transfer';
  /** 1 to 5 postings. */
  readonly postings: readonly [Posting, ...Posting[]];
  /** In the path (with one posting), in a body, or in a body with `Prefer: respond-async`. */
  readonly style: 'path' | 'body' | 'async';
  /** The deadline of the prepare phase; the service's default if undefined. Only with a body. */
  readonly timeoutMs?: number;
  /** The client aborts as soon as it knows the transfer's id. Only with `async`, and in one step. */
  readonly aborts: boolean;
  /** Authorized first and ended later. */
  readonly twoSteps?: { readonly expiresInMs: number; readonly ending: Ending };
}

export interface Payment extends Common {
  readonly kind: 'deposit' | 'withdraw';
  readonly account: string;
  readonly amount: number;
}

export type Operation = Transfer | Payment;

/** Accounts that never have money. Their transfers must never succeed. */
export const PENNILESS = 'penniless-';

export function isPenniless(operation: Operation): operation is Transfer {
  return operation.kind === 'transfer' && operation.postings[0].origin.startsWith(PENNILESS);
}

/** The same key with another amount. The service must refuse it and do nothing. */
export function otherRequestSameKey(operation: Operation): Operation {
  if (operation.kind !== 'transfer') return { ...operation, amount: otherAmount(operation.amount) };
  const [first, ...rest] = operation.postings;
  return { ...operation, postings: [{ ...first, amount: otherAmount(first.amount) }, ...rest] };
}

function otherAmount(amount: number): number {
  return amount > 1 ? amount - 1 : 2;
}

/** Whether the operation ends only after some time, whatever the service does. */
export function waits(operation: Operation): boolean {
  if (operation.kind !== 'transfer') return false;
  const ending = operation.twoSteps?.ending;
  return ending?.kind === 'expire' || (ending?.kind === 'capture' && ending.atExpiry === true);
}

/** What the account must have available: the net of the postings, or everything that goes out where a capture is still open. */
export function promised(operation: Operation, account: string): number {
  if (operation.kind !== 'transfer') return operation.amount;
  const isGross = operation.twoSteps !== undefined;
  return operation.postings.reduce((sum, { origin, destination, amount }) => {
    if (origin === account) return sum + amount;
    return destination === account && !isGross ? sum - amount : sum;
  }, 0);
}

/** The moved amount of each posting when these amounts are captured; the full amounts if undefined. */
export function moved({ postings }: Transfer, amounts: readonly number[] | undefined): Posting[] {
  return postings.map((posting, index) => ({ ...posting, amount: amounts?.[index] ?? posting.amount }));
}

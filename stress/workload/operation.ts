interface Common {
  /** The idempotency key: what this operation is called everywhere. */
  readonly key: string;
  /** How many times the request is sent at once, with the same key. */
  readonly copies: number;
}

export interface Posting {
  readonly origin: string;
  readonly destination: string;
  readonly amount: number;
}

/** What the client does with what is authorized. */
export type Ending =
  /** `amounts` of each posting, all of it where undefined. `atExpiry`: as near to that instant as can be. */
  | { readonly kind: 'capture'; readonly amounts?: readonly number[]; readonly atExpiry?: boolean }
  | { readonly kind: 'void' }
  /** Nothing in time. `late`: a capture afterwards, which must be refused. */
  | { readonly kind: 'expire'; readonly late: boolean }
  /** Each delivery asks for something else, at once: for all, for `amounts`, for none. One of them wins. */
  | { readonly kind: 'race'; readonly amounts: readonly number[] };

export interface Transfer extends Common {
  readonly kind: 'transfer';
  /** 1 to 5. */
  readonly postings: readonly [Posting, ...Posting[]];
  /** In the path (of one posting), in a body, or in a body with `Prefer: respond-async`. */
  readonly style: 'path' | 'body' | 'async';
  /** Deadline of the prepare phase; the service's default when undefined. Only with a body. */
  readonly timeoutMs?: number;
  /** The client changes its mind as soon as it knows the transfer's id. Only with `async`, of one step. */
  readonly aborts: boolean;
  /** Authorized now and ended later. */
  readonly twoSteps?: { readonly expiresInMs: number; readonly ending: Ending };
}

export interface Payment extends Common {
  readonly kind: 'deposit' | 'withdraw';
  readonly account: string;
  readonly amount: number;
}

export type Operation = Transfer | Payment;

/** Accounts that never have money. What they ask for is never theirs to get. */
export const PENNILESS = 'penniless-';

export function isPenniless(operation: Operation): operation is Transfer {
  return operation.kind === 'transfer' && operation.postings[0].origin.startsWith(PENNILESS);
}

/** The same key with another amount: the service must refuse it and do nothing. */
export function otherRequestSameKey(operation: Operation): Operation {
  if (operation.kind !== 'transfer') return { ...operation, amount: otherAmount(operation.amount) };
  const [first, ...rest] = operation.postings;
  return { ...operation, postings: [{ ...first, amount: otherAmount(first.amount) }, ...rest] };
}

function otherAmount(amount: number): number {
  return amount > 1 ? amount - 1 : 2;
}

/** Whether the operation is over only when some time has passed, whatever the service does. */
export function waits(operation: Operation): boolean {
  if (operation.kind !== 'transfer') return false;
  const ending = operation.twoSteps?.ending;
  return ending?.kind === 'expire' || (ending?.kind === 'capture' && ending.atExpiry === true);
}

/** What the account must have available: the net of the postings, or all that goes out where a capture is still open. */
export function promised(operation: Operation, account: string): number {
  if (operation.kind !== 'transfer') return operation.amount;
  const isGross = operation.twoSteps !== undefined;
  return operation.postings.reduce((sum, { origin, destination, amount }) => {
    if (origin === account) return sum + amount;
    return destination === account && !isGross ? sum - amount : sum;
  }, 0);
}

/** What each posting comes to when these amounts are captured of it; all of it when undefined. */
export function moved({ postings }: Transfer, amounts: readonly number[] | undefined): Posting[] {
  return postings.map((posting, index) => ({ ...posting, amount: amounts?.[index] ?? posting.amount }));
}

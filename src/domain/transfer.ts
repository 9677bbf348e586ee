import type { Line, Promised } from './account/commands';
import type { AccountId, TransactionId } from './ids';

/** Moves `amount`, in minor units, 1 .. AMOUNT_MAX, from one account to another. */
export interface Posting {
  readonly origin: AccountId;
  readonly destination: AccountId;
  readonly amount: bigint;
}

/** What a transfer asks of its accounts: all of its postings at one instant, or none. */
export interface TransferQuery {
  readonly postings: readonly Posting[];
  /** That every account must be of; what the first origin is of when not said. */
  readonly currency?: string;
  /** `manual`: when all have voted, the transfer waits for its capture. */
  readonly capture?: 'manual';
  /** What was captured of each posting, once that is decided. */
  readonly captured?: readonly bigint[];
  /** The transfer that this one gives back, in part or whole. */
  readonly refunds?: TransactionId;
}

/**
 * What may still be refunded of what one account paid another in a transfer, kept as an account of its own whose id no
 * client can name: it begins with what was captured, and every refund pays from it.
 */
export function refundableId(transfer: TransactionId, origin: AccountId, destination: AccountId): AccountId {
  return `refunds/${transfer}/${origin}/${destination}`;
}

/** Whether an account is the service's own: it holds a right, not money. */
export function isInternal(account: AccountId): boolean {
  return account.startsWith('refunds/');
}

/** The account that limits a posting of a refund. */
function limitOf({ refunds }: TransferQuery, { origin, destination }: Posting): AccountId | undefined {
  return refunds && refundableId(refunds, destination, origin);
}

/** Why an account votes to abort a transfer. */
export type TransferRefusal =
  | {
      readonly kind:
        | 'account-not-found'
        | 'account-closed'
        | 'balance-limit-exceeded'
        | 'account-frozen'
        | 'currency-mismatch';
      readonly account: AccountId;
    }
  | { readonly kind: 'insufficient-funds'; readonly account: AccountId; readonly missing: bigint }
  /** The prepare came after the abort of the same transaction: its sender has already lost. */
  | { readonly kind: 'branch-aborted'; readonly account: AccountId };

/** What of the postings goes out of one account and what comes in, in the order of the postings. */
export function linesOf(query: TransferQuery, account: AccountId): readonly Line[] {
  const lines: Line[] = [];
  query.postings.forEach((each, posting) => {
    const { origin, destination, amount } = each;
    const moved = query.captured?.[posting] ?? amount;
    if (origin === account || (query.refunds && limitOf(query, each) === account))
      lines.push({ direction: 'out', amount: moved, posting });
    else if (destination === account) lines.push({ direction: 'in', amount: moved, posting });
  });
  return lines;
}

/**
 * What one account must promise, for its commit to be possible whatever else happens: the net of its postings. Where the
 * capture is still open it is the gross of each side, because less of what comes in may be captured than of what goes out.
 * `currency` is what the transfer names, or what its first origin is of.
 */
export function promiseOf(query: TransferQuery, account: AccountId, currency?: Promised['currency']): Promised {
  let out = 0n;
  let arriving = 0n;
  for (const posting of query.postings) {
    const { origin, destination, amount } = posting;
    if (origin === account || (query.refunds && limitOf(query, posting) === account)) out += amount;
    else if (destination === account) arriving += amount;
  }
  // A right to a refund has no currency.
  const of = isInternal(account) || !currency ? {} : { currency };
  if (query.capture === 'manual') return { held: out, incoming: arriving, arrivingMax: arriving, ...of };
  const net = out - arriving;
  return { held: net > 0n ? net : 0n, incoming: net < 0n ? -net : 0n, arrivingMax: arriving, ...of };
}

/**
 * The accounts of a transfer, each once, those that pay before those that receive. `askedFirst` of them pay: the others
 * are asked only when all of these have promised, so that a payer without money reserves nothing of anybody's room.
 */
export function accountsOf(query: TransferQuery): {
  readonly accounts: readonly AccountId[];
  readonly askedFirst: number;
} {
  const [only] = query.postings;
  if (only && query.postings.length === 1 && !query.refunds)
    return { accounts: [only.origin, only.destination], askedFirst: 1 };
  const all = new Set<AccountId>();
  // What may be refunded is asked first of all, so that a refusal never depends on what the payer has.
  for (const posting of query.postings) {
    const limit = limitOf(query, posting);
    if (limit !== undefined) all.add(limit);
  }
  for (const { origin } of query.postings) all.add(origin);
  for (const { destination } of query.postings) all.add(destination);
  const pays = (account: AccountId): boolean =>
    promiseOf(query, account).incoming === 0n || promiseOf(query, account).held > 0n;
  const payers = [...all].filter(pays);
  return { accounts: [...payers, ...[...all].filter((account) => !pays(account))], askedFirst: payers.length };
}

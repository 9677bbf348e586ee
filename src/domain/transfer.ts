import type { Line, Promised } from './account/commands';
import type { AccountId, BranchId, TransactionId } from './ids';

/** Moves `amount`, in minor units, 1 .. AMOUNT_MAX, from one account to another. */
export interface Posting {
  readonly origin: AccountId;
  readonly destination: AccountId;
  readonly amount: bigint;
}

/** What a service elsewhere does in the same transaction. */
export interface Participation {
  /** Its name in the settings of this service. */
  readonly participant: string;
  /** Names its part; unique for the participant in this transfer. */
  readonly branch: string;
  /** Any JSON, handed on as it is. */
  readonly payload?: unknown;
}

/** What a transfer asks: all of its postings at one instant and every participant's part, or nothing at all. */
export interface TransferQuery {
  readonly postings: readonly Posting[];
  readonly participants?: readonly Participation[];
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

/** The branch of a participant. No account has a slash in its id that a client can name. */
export function participationId({ participant, branch }: Participation): BranchId {
  return `participants/${participant}/${branch}`;
}

/** Whether a branch is a service's elsewhere, and not an account. */
export function isElsewhere(branch: BranchId): boolean {
  return branch.startsWith('participants/');
}

/** Whose branch it is, and what it is called there; none for an account. */
export function participationOf(branch: BranchId): Omit<Participation, 'payload'> | undefined {
  const [, participant, name] = isElsewhere(branch) ? branch.split('/') : [];
  return participant === undefined || name === undefined ? undefined : { participant, branch: name };
}

/** The account that limits a posting of a refund. */
function limitOf({ refunds }: TransferQuery, { origin, destination }: Posting): AccountId | undefined {
  return refunds && refundableId(refunds, destination, origin);
}

/** Why a branch votes to abort a transfer. */
export type TransferRefusal = AccountTransferRefusal | ParticipantRefusal;

/** `code` and `detail` are the participant's own words, cut to what may be shown. */
export interface ParticipantRefusal {
  readonly kind: 'participant-refused';
  readonly participant: string;
  readonly branch: string;
  readonly code: string;
  readonly detail: string;
}

export type AccountTransferRefusal =
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
 * The branches of a transfer, each once: the accounts that pay, those that receive, the participants. The first `askedFirst` pay: the
 * others are asked only when all of these have promised, so that a payer without money reserves nothing of others.
 */
export function branchesOf(query: TransferQuery): {
  readonly branches: readonly BranchId[];
  readonly askedFirst: number;
} {
  const { accounts, payers } = accountsOf(query);
  if (!query.participants) return { branches: accounts, askedFirst: payers };
  const branches = [...accounts, ...query.participants.map(participationId)];
  return { branches, askedFirst: payers === 0 ? branches.length : payers };
}

function accountsOf(query: TransferQuery): { readonly accounts: readonly AccountId[]; readonly payers: number } {
  const [only] = query.postings;
  if (only && query.postings.length === 1 && !query.refunds)
    return { accounts: [only.origin, only.destination], payers: 1 };
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
  return { accounts: [...payers, ...[...all].filter((account) => !pays(account))], payers: payers.length };
}

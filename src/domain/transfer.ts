import type { Line, Promised } from './account/commands';
import type { AccountId, BranchId, TransactionId } from './ids';

/** Moves `amount` from one account to another. In minor units, 1 to AMOUNT_MAX. */
export interface Posting {
  readonly origin: AccountId;
  readonly destination: AccountId;
  readonly amount: bigint;
}

/** What another service does in the same transaction. */
export interface Participation {
  /** The participant's name in the settings of this service. */
  readonly participant: string;
  /** Names the participant's part, unique for the participant within this transfer. */
  readonly branch: string;
  /** Any JSON, passed on unchanged. */
  readonly payload?: unknown;
}

/** What a transfer requests: all of its postings at one instant and every participant's part, or nothing at all. */
export interface TransferQuery {
  readonly postings: readonly Posting[];
  readonly participants?: readonly Participation[];
  /** The currency that every account must have. By default the currency of the first origin. */
  readonly currency?: string;
  /** `manual`: after all branches have voted, the transfer waits for its capture. */
  readonly capture?: 'manual';
  /** The captured amount of each posting, once the capture is decided. */
  readonly captured?: readonly bigint[];
  /** The transfer that this one refunds, partly or fully. */
  readonly refunds?: TransactionId;
}

/**
 * The account for what may still be refunded of the payments from one account to another in a transfer. It is an
 * internal account, whose id no client can name. Its balance begins with the captured amount, and every refund pays
 * from it.
 */
export function refundableId(transfer: TransactionId, origin: AccountId, destination: AccountId): AccountId {
  return `refunds/${transfer}/${origin}/${destination}`;
}

/** Whether an account is internal to the service. Such an account holds a right, not money. */
export function isInternal(account: AccountId): boolean {
  return account.startsWith('refunds/');
}

/** The branch of a participant. It contains a slash, which an account id from a client cannot contain. */
export function participationId({ participant, branch }: Participation): BranchId {
  return `participants/${participant}/${branch}`;
}

/** Whether a branch belongs to another service and is not an account. */
export function isElsewhere(branch: BranchId): boolean {
  return branch.startsWith('participants/');
}

/** The participant of a branch, and the participant's name for the branch. Undefined for an account. */
export function participationOf(branch: BranchId): Omit<Participation, 'payload'> | undefined {
  const [, participant, name] = isElsewhere(branch) ? branch.split('/') : [];
  return participant === undefined || name === undefined ? undefined : { participant, branch: name };
}

/** The account that limits a posting of a refund. */
function limitOf({ refunds }: TransferQuery, { origin, destination }: Posting): AccountId | undefined {
  return refunds && refundableId(refunds, destination, origin);
}

/** The reason of a branch's vote to abort a transfer. */
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
  /** The prepare came after the abort of the same transaction. The driver that sent it has already lost. */
  | { readonly kind: 'branch-aborted'; readonly account: AccountId };

/** The lines of one account: what goes out and what comes in, in the order of the postings. */
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
 * What one account must promise, so that its commit is always possible: the net amount of its postings. Where the
 * capture is still open, it promises the gross amount of each side, because a capture may reduce the income more than
 * the spending. `currency` is the transfer's, or that of the first origin.
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
 * The branches of a transfer, each once: the accounts that pay, the accounts that receive, the participants. The first
 * `askedFirst` branches pay. The others are asked only after all of these have promised, so that a payer without money
 * reserves nothing of others.
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
  // Asks what may be refunded first, so that a refusal never depends on the payer's funds.
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

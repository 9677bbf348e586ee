import { duration, fromNow, listed, money } from './format.mjs';

/**
 * @typedef {import('./api.mjs').Transfer} Transfer
 * @typedef {Transfer['branches'][number]} Branch
 * @typedef {NonNullable<Transfer['reason']>} Reason
 */

/** @param {Pick<Transfer, 'status'>} transfer or an entry of its history */
export function isFinal({ status }) {
  return status === 'committed' || status === 'aborted';
}

/** @param {object} branch an account's, or a participant's */
export function nameOf(branch) {
  const named = /** @type {{ account?: string, participant?: string, branch?: string }} */ (branch);
  return named.account ?? `${named.participant}/${named.branch}`;
}

/**
 * The net amount of a transfer's postings on an account; negative if the account pays.
 * @param {Transfer} transfer
 * @param {string} account
 */
export function netOf(transfer, account) {
  return postingsOf(transfer).reduce((sum, { origin, destination, amount }) => {
    return sum + (destination === account ? amount : 0) - (origin === account ? amount : 0);
  }, 0);
}

/**
 * @param {Transfer} transfer
 * @returns {readonly { origin: string, destination: string, amount: number, captured?: number }[]}
 */
export function postingsOf({ origin, destination, amount, postings }) {
  if (postings)
    return postings.map(({ captured, ...rest }) => ({ ...rest, ...(captured !== undefined && { captured }) }));
  return origin === undefined || destination === undefined ? [] : [{ origin, destination, amount }];
}

/**
 * Describes who pays whom, in a few words.
 * @param {Transfer} transfer
 */
export function partiesOf(transfer) {
  const postings = postingsOf(transfer);
  const [only] = postings;
  if (only && postings.length === 1) return `${only.origin} \u2192 ${only.destination}${guestsOf(transfer)}`;
  const names = transfer.branches.map(nameOf);
  return names.length <= 3 ? listed(names) : `${names.slice(0, 2).join(', ')} and ${names.length - 2} more`;
}

/**
 * The participants of a transfer.
 * @param {Transfer} transfer
 */
function guestsOf({ branches }) {
  const some = branches.filter((branch) => 'participant' in branch);
  return some.length === 0 ? '' : `, with ${guests(some)}`;
}

/**
 * Why a transfer was aborted, as a phrase.
 * @param {Reason} reason
 */
export function reasonWords(reason) {
  switch (reason.kind) {
    case 'timeout':
      return 'its deadline passed before every vote was in';
    case 'expired':
      return 'its authorization expired';
    case 'client':
      return reason.reason === undefined ? 'it was asked to abort' : `it was asked to abort: ${reason.reason}`;
    case 'voided':
      return reason.reason === undefined ? 'it was voided' : `it was voided: ${reason.reason}`;
    case 'branches':
      return reason.reasons.map(refusalWords).join('; ') || 'a branch voted to abort';
  }
}

/** @param {Extract<Reason, { kind: 'branches' }>['reasons'][number]} refusal */
function refusalWords(refusal) {
  if (refusal.kind === 'participant-refused') {
    const words = refusal.detail === '' ? '' : `: ${refusal.detail}`;
    return `${refusal.participant}/${refusal.branch} refused (${refusal.code})${words}`;
  }
  if (refusal.kind === 'insufficient-funds') {
    return refusal.missing === undefined
      ? `${refusal.account} has not enough money`
      : `${refusal.account} has ${money(refusal.missing)} too little`;
  }
  return `${refusal.account}: ${REFUSALS[refusal.kind] ?? refusal.kind}`;
}

/** @type {Readonly<Record<string, string>>} */
const REFUSALS = {
  'account-not-found': 'there is no such account',
  'account-closed': 'the account is closed',
  'account-frozen': 'the account is frozen',
  'currency-mismatch': 'the account is of another currency',
  'balance-limit-exceeded': 'the balance would exceed the largest there is',
  'branch-aborted': 'the branch was aborted before it was asked',
  'refund-exceeds-capture': 'there is less left to refund',
};

/**
 * What a transfer waits for, who can act, and how: one or two sentences.
 * @param {Transfer} transfer
 * @param {number} now
 */
export function sentence(transfer, now) {
  const { status, reason, errors = [], createdAt, finishedAt, waitingFor = [] } = transfer;
  switch (status) {
    case 'committed':
      return `Committed ${duration(Date.parse(finishedAt ?? createdAt) - Date.parse(createdAt))} after it was asked for: every branch has confirmed, and nothing is left to do.`;
    case 'aborted':
      return `Aborted, and no money moved: ${reason ? reasonWords(reason) : 'a branch voted to abort'}.`;
    case 'authorized':
      return `Every branch has promised. It waits for a capture or a void by ${asker(transfer)}; at its expiry, ${fromNow(transfer.expiresAt ?? createdAt, now)}, what it holds is released.`;
    case 'failed':
      return `Stopped on an error that no retry can heal (${errors.map((each) => `${nameOf(each)}: ${each.message}`).join('; ')}). An operator has to remove its cause, then resume it.`;
    case 'preparing':
      return `Not decided: it waits for ${waits(transfer, 'prepared', 'the vote of', now)}. ${waitingFor.length > 0 ? `Those who run ${guests(waitingFor)} can help; until` : 'Until'} then it can be aborted, and at its deadline, ${fromNow(transfer.deadlineAt, now)}, it aborts by itself.`;
    case 'committing':
      return `Decided to commit: it waits for ${waits(transfer, 'committed', 'the confirmation of', now)}. It cannot be undone; ${helpers(waitingFor)}`;
    case 'aborting':
      return `Decided to abort${reason ? ` because ${reasonWords(reason)}` : ''}: it waits for ${waits(transfer, 'aborted', 'the confirmation of', now)}; ${helpers(waitingFor)}`;
  }
}

/** @param {Transfer} transfer */
function asker({ requestedBy }) {
  return requestedBy === undefined ? 'the caller that asked for it' : `${requestedBy}, who asked for it`;
}

/**
 * @param {Transfer} transfer
 * @param {Branch['state']} wanted
 * @param {string} what
 * @param {number} now
 */
function waits({ branches, waitingFor = [] }, wanted, what, now) {
  const [first] = waitingFor.toSorted((a, b) => (a.nextAt < b.nextAt ? -1 : 1));
  const missing = branches.filter(({ state }) => state !== wanted).map(nameOf);
  if (missing.length === 0) return 'the service to write down that every branch has answered';
  const names = missing.length > 4 ? `${missing.length} branches` : listed(missing);
  if (!first) return `${what} ${names}`;
  const next =
    Date.parse(first.nextAt) - now >= 1_000 ? `asked again ${fromNow(first.nextAt, now)}` : 'being asked again now';
  return `${what} ${names} (${missing.length === 1 ? '' : `${nameOf(first)} is `}${next})`;
}

/** @param {NonNullable<Transfer['waitingFor']>} waitingFor */
function helpers(waitingFor) {
  return waitingFor.length === 0
    ? 'the service goes on by itself, and resuming it tries at once.'
    : `those who run ${guests(waitingFor)} can help, and resuming it asks at once.`;
}

/** @param {readonly { participant: string }[]} some */
function guests(some) {
  return listed([...new Set(some.map(({ participant }) => participant))]);
}

/**
 * The branches that an operator may settle: the transfer is decided, and the participant does not answer or has broken
 * its promise.
 * @param {Transfer} transfer
 * @returns {readonly { participant: string, branch: string }[]}
 */
export function settleable({ status, history, branches, waitingFor = [], errors = [] }) {
  const isDecided = history.some((entry) => entry.status === 'committing' || entry.status === 'aborting');
  if (isFinal({ status }) || !isDecided) return [];
  const missing = new Set([...waitingFor, ...errors].map(nameOf));
  return branches.flatMap((branch) =>
    'participant' in branch && branch.state !== 'committed' && branch.state !== 'aborted' && missing.has(nameOf(branch))
      ? [branch]
      : [],
  );
}

/**
 * The actions that a transfer allows now.
 * @param {Transfer} transfer
 * @returns {readonly ('abort' | 'capture' | 'void' | 'resume' | 'settle')[]}
 */
export function verbsOf(transfer) {
  const { status } = transfer;
  switch (status) {
    case 'preparing':
      return ['abort', 'resume'];
    case 'authorized':
      return ['capture', 'void'];
    case 'committing':
    case 'aborting':
    case 'failed':
      return settleable(transfer).length > 0 ? ['resume', 'settle'] : ['resume'];
    case 'committed':
    case 'aborted':
      return [];
  }
}

import { assertNever } from '../assertNever';
import { accept, refuse } from '../decision';
import type { AccountRefusal, BranchCommand, Line, Promised } from './commands';
import { type AccountDecision, cannotReceive, cannotSpend, notOpen } from './decide';
import type { AccountEvent } from './events';
import type { AccountBranchState, AccountState, AccountView, OpenBranch } from './state';

/**
 * Decides a coordinator's command to an account: the participant side of two-phase commit. A repetition of a command
 * that was carried out is accepted with no events. A prepared branch can always commit, even if the account was frozen
 * since, because the prepare reserved everything that the commit needs.
 */
export function decideBranch({ account, branch }: AccountView, command: BranchCommand): AccountDecision {
  switch (command.type) {
    case 'Prepare':
      return branch ? repeatedPrepare(branch) : prepare(account, command);
    case 'Commit':
      return commit(branch, command);
    case 'Abort':
      return abort(branch, command);
    default:
      return assertNever(command);
  }
}

function prepare(
  account: AccountState,
  { transactionId, promised }: Extract<BranchCommand, { type: 'Prepare' }>,
): AccountDecision {
  const refusal = cannotPromise(account, promised);
  if (refusal) return refuse(refusal);
  const { held, incoming } = promised;
  const events: AccountEvent[] = [];
  // A branch whose lines net to zero holds nothing, but the journal still needs an entry for it.
  if (held > 0n || incoming === 0n) events.push({ kind: 'hold', transactionId, amount: held });
  if (incoming > 0n) events.push({ kind: 'expect', transactionId, amount: incoming });
  return { kind: 'accepted', events };
}

function cannotPromise(
  account: AccountState,
  { held, incoming, arrivingMax, currency }: Promised,
): AccountRefusal | undefined {
  if (account.status !== 'open') return notOpen(account);
  if (currency && account.terms.currency !== currency.code) {
    return { kind: 'currency-mismatch', currency: account.terms.currency };
  }
  const pays = held > 0n || incoming === 0n ? cannotSpend(account, held) : undefined;
  return pays ?? (arrivingMax > 0n ? cannotReceive(account, arrivingMax) : undefined);
}

function repeatedPrepare({ state }: AccountBranchState): AccountDecision {
  return state === 'aborted' ? refuse({ kind: 'branch-aborted' }) : accept();
}

function commit(
  branch: AccountBranchState | undefined,
  { transactionId, lines }: Extract<BranchCommand, { type: 'Commit' }>,
): AccountDecision {
  if (!branch) return violation('commit of a branch that was never prepared');
  switch (branch.state) {
    case 'prepared':
      return { kind: 'accepted', events: applied(transactionId, branch, lines) };
    case 'committed':
      return accept();
    case 'aborted':
      return violation('commit of a branch that was aborted');
    default:
      return assertNever(branch);
  }
}

/**
 * One event for each line. Income comes first, so that the balance stays covered in between. The first event of each
 * kind takes the whole promise, which also frees what a partial capture leaves.
 */
function applied(transactionId: string, { held, incoming }: OpenBranch, lines: readonly Line[]): AccountEvent[] {
  const events: AccountEvent[] = [];
  let toReceive = incoming;
  let toSpend = held;
  for (const { direction, amount, posting } of lines) {
    if (direction !== 'in') continue;
    events.push({ kind: 'receive', transactionId, amount, promised: toReceive, posting });
    toReceive = 0n;
  }
  for (const { direction, amount, posting } of lines) {
    if (direction !== 'out') continue;
    events.push({ kind: 'spend', transactionId, amount, promised: toSpend, posting });
    toSpend = 0n;
  }
  return events;
}

function abort(
  branch: AccountBranchState | undefined,
  { transactionId }: Extract<BranchCommand, { type: 'Abort' }>,
): AccountDecision {
  if (!branch) return accept({ kind: 'tombstone', transactionId });
  switch (branch.state) {
    case 'prepared': {
      const { held, incoming } = branch;
      const events: AccountEvent[] = [];
      if (held > 0n || incoming === 0n) events.push({ kind: 'release', transactionId, amount: held });
      if (incoming > 0n) events.push({ kind: 'cancel', transactionId, amount: incoming });
      return { kind: 'accepted', events };
    }
    case 'aborted':
      return accept();
    case 'committed':
      return violation('abort of a branch that was committed');
    default:
      return assertNever(branch);
  }
}

function violation(detail: string): AccountDecision {
  return refuse({ kind: 'protocol-violation', detail });
}

import { assertNever } from '../assertNever';
import type { TransactionId } from '../ids';
import type { AccountEvent } from './events';
import { ABSENT, type AccountBranchState, type AccountState, type AccountView, EMPTY, type OpenAccount } from './state';

/** The account, and the event's branch, after the event. Only this function knows the effect of an event. */
export function evolve({ account, branch }: AccountView, event: AccountEvent): AccountView {
  switch (event.kind) {
    case 'opened':
      return { account: { ...EMPTY, terms: event.terms }, branch };
    case 'deposit':
      return { account: add(account, event.amount, 0n, 0n), branch };
    case 'withdraw':
      return { account: add(account, -event.amount, 0n, 0n), branch };
    case 'hold':
      return { account: add(account, 0n, event.amount, 0n), branch: promise(branch, event.amount, 0n) };
    case 'expect':
      return { account: add(account, 0n, 0n, event.amount), branch: promise(branch, 0n, event.amount) };
    case 'spend':
      return { account: add(account, -event.amount, -event.promised, 0n), branch: COMMITTED };
    case 'receive':
      return { account: add(account, event.amount, 0n, -event.promised), branch: COMMITTED };
    case 'release':
      return { account: add(account, 0n, -event.amount, 0n), branch: ABORTED };
    case 'cancel':
      return { account: add(account, 0n, 0n, -event.amount), branch: ABORTED };
    case 'tombstone':
      return { account, branch: ABORTED };
    case 'carry':
      return { account, branch: { state: 'prepared', held: event.amount, incoming: event.promised } };
    case 'terms':
      return { account: account.status === 'open' ? { ...account, terms: event.terms } : account, branch };
    case 'closed':
      return { account: account.status === 'open' ? { status: 'closed', terms: account.terms } : account, branch };
    default:
      return assertNever(event);
  }
}

export const COMMITTED: AccountBranchState = { state: 'committed' };
export const ABORTED: AccountBranchState = { state: 'aborted' };

function add(account: AccountState, balance: bigint, held: bigint, incoming: bigint): AccountState {
  if (account.status !== 'open') return account;
  const next: OpenAccount = {
    status: 'open',
    balance: account.balance + balance,
    held: account.held + held,
    incoming: account.incoming + incoming,
    terms: account.terms,
  };
  return next;
}

function promise(branch: AccountBranchState | undefined, held: bigint, incoming: bigint): AccountBranchState {
  const before = branch?.state === 'prepared' ? branch : undefined;
  return { state: 'prepared', held: (before?.held ?? 0n) + held, incoming: (before?.incoming ?? 0n) + incoming };
}

/** An account and all its branches, as its journal gives them. */
export interface Replayed {
  readonly account: AccountState;
  readonly branches: ReadonlyMap<TransactionId, AccountBranchState>;
}

/** Replays the journal of one account, oldest event first. */
export function replay(events: Iterable<AccountEvent>, from: AccountState = ABSENT): Replayed {
  let account = from;
  const branches = new Map<TransactionId, AccountBranchState>();
  for (const event of events) {
    const transactionId = 'transactionId' in event ? event.transactionId : undefined;
    const branch = transactionId === undefined ? undefined : branches.get(transactionId);
    const view = evolve({ account, branch }, event);
    account = view.account;
    if (transactionId !== undefined && view.branch) branches.set(transactionId, view.branch);
  }
  return { account, branches };
}

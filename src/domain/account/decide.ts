import { assertNever } from '../assertNever';
import { accept, type Decision, refuse } from '../decision';
import { AMOUNT_MAX } from '../money';
import type { AccountCommand, AccountRefusal, BranchCommand, MoneyCommand } from './commands';
import type { AccountEvent } from './events';
import { type AccountBranchState, type AccountState, available, type Direction } from './state';

type AccountDecision = Decision<AccountEvent, AccountRefusal>;

/**
 * Decides one command against an account and, for a branch command, its branch of that transaction (`undefined` when
 * there is no row). Repeating a command that was carried out accepts it with no events.
 */
export function decide(
  account: AccountState,
  branch: AccountBranchState | undefined,
  command: AccountCommand,
): AccountDecision {
  switch (command.type) {
    case 'Deposit':
    case 'Withdraw':
      return decideMoney(account, command);
    case 'PrepareDebit':
      return branch ? repeatedPrepare(branch) : prepare(account, command, 'debit');
    case 'PrepareCredit':
      return branch ? repeatedPrepare(branch) : prepare(account, command, 'credit');
    case 'CommitBranch':
      return commit(branch, command);
    case 'AbortBranch':
      return abort(branch, command);
    default:
      return assertNever(command);
  }
}

function decideMoney(account: AccountState, command: MoneyCommand): AccountDecision {
  const { amount } = command;
  const refusal = command.type === 'Deposit' ? cannotReceive(account, amount) : cannotSpend(account, amount);
  if (refusal) return refuse(refusal);
  return accept({ type: command.type === 'Deposit' ? 'MoneyDeposited' : 'MoneyWithdrawn', amount });
}

function prepare(
  account: AccountState,
  command: Extract<BranchCommand, { amount: bigint }>,
  direction: Direction,
): AccountDecision {
  const { transactionId, amount } = command;
  const refusal = direction === 'debit' ? cannotSpend(account, amount) : cannotReceive(account, amount);
  return refusal ? refuse(refusal) : accept({ type: 'BranchPrepared', transactionId, direction, amount });
}

function repeatedPrepare(branch: AccountBranchState): AccountDecision {
  switch (branch.state) {
    case 'prepared':
    case 'committed':
      return accept();
    case 'aborted':
    case 'tombstone':
      return refuse({ kind: 'branch-aborted' });
    default:
      return assertNever(branch);
  }
}

function commit(branch: AccountBranchState | undefined, command: BranchCommand): AccountDecision {
  if (!branch) return violation('commit of a branch that was never prepared');
  switch (branch.state) {
    case 'prepared':
      return accept({
        type: 'BranchCommitted',
        transactionId: command.transactionId,
        direction: branch.direction,
        amount: branch.amount,
      });
    case 'committed':
      return accept();
    case 'aborted':
    case 'tombstone':
      return violation('commit of a branch that was aborted');
    default:
      return assertNever(branch);
  }
}

function abort(branch: AccountBranchState | undefined, command: BranchCommand): AccountDecision {
  const { transactionId } = command;
  if (!branch) return accept({ type: 'BranchTombstoned', transactionId });
  switch (branch.state) {
    case 'prepared':
      return accept({
        type: 'BranchAborted',
        transactionId,
        direction: branch.direction,
        amount: branch.amount,
      });
    case 'aborted':
    case 'tombstone':
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

function cannotSpend(account: AccountState, amount: bigint): AccountRefusal | undefined {
  if (account.status === 'absent') return { kind: 'account-not-found' };
  const missing = amount - available(account);
  return missing > 0n ? { kind: 'insufficient-funds', missing } : undefined;
}

/** Counts what is already promised, so that no commit of a prepared branch ever meets the limit of a balance. */
function cannotReceive(account: AccountState, amount: bigint): AccountRefusal | undefined {
  if (account.status === 'absent') return { kind: 'account-not-found' };
  return account.balance + account.incoming + amount > AMOUNT_MAX ? { kind: 'balance-limit-exceeded' } : undefined;
}

import { assertNever } from '../assertNever';
import { accept, type Decision, refuse } from '../decision';
import { AMOUNT_MAX } from '../money';
import type { AccountCommand, AccountRefusal } from './commands';
import type { AccountEvent } from './events';
import { type AccountState, available, type OpenAccount } from './state';

export type AccountDecision = Decision<AccountEvent, AccountRefusal>;

/**
 * Decides a command that is not part of a transaction. `openBranches` is the number of the account's prepared branches.
 * Such a branch may hold nothing and still have lines to come.
 */
export function decide(account: AccountState, command: AccountCommand, openBranches: number): AccountDecision {
  if (command.type === 'Open') {
    return account.status === 'absent'
      ? accept({ kind: 'opened', terms: command.terms })
      : refuse({ kind: 'account-already-exists' });
  }
  if (account.status !== 'open') return refuse(notOpen(account));
  switch (command.type) {
    case 'Deposit': {
      const refusal = cannotReceive(account, command.amount);
      return refusal ? refuse(refusal) : accept({ kind: 'deposit', amount: command.amount });
    }
    case 'Withdraw': {
      const refusal = cannotSpend(account, command.amount);
      return refusal ? refuse(refusal) : accept({ kind: 'withdraw', amount: command.amount });
    }
    case 'ChangeTerms':
      return changeTerms(account, command.change);
    case 'Close':
      return account.balance === 0n && openBranches === 0
        ? accept({ kind: 'closed' })
        : refuse({ kind: 'account-not-empty' });
    default:
      return assertNever(command);
  }
}

function changeTerms(
  account: OpenAccount,
  change: Extract<AccountCommand, { type: 'ChangeTerms' }>['change'],
): AccountDecision {
  const terms = { ...account.terms, ...change };
  const missing = account.held - account.balance - terms.overdraftLimit;
  return missing > 0n ? refuse({ kind: 'insufficient-funds', missing }) : accept({ kind: 'terms', terms });
}

export function notOpen({ status }: { readonly status: 'absent' | 'closed' }): AccountRefusal {
  return { kind: status === 'absent' ? 'account-not-found' : 'account-closed' };
}

export function cannotSpend(account: OpenAccount, amount: bigint): AccountRefusal | undefined {
  const { frozen } = account.terms;
  if (frozen) return { kind: 'account-frozen', frozen };
  const missing = amount - available(account);
  return missing > 0n ? { kind: 'insufficient-funds', missing } : undefined;
}

/**
 * Includes what is already promised, so that no commit of a prepared branch exceeds the balance limit. A debt makes no
 * more room: what is promised is itself a number of at most AMOUNT_MAX.
 */
export function cannotReceive(account: OpenAccount, amount: bigint): AccountRefusal | undefined {
  const { frozen } = account.terms;
  if (frozen === 'all') return { kind: 'account-frozen', frozen };
  const balance = account.balance > 0n ? account.balance : 0n;
  return balance + account.incoming + amount > AMOUNT_MAX ? { kind: 'balance-limit-exceeded' } : undefined;
}

import type { Transfer } from './operation';
import type { AccountRefused, Lost, Outcome } from './outcome';

/** Whether a refusal is the one that a payer without money must get: it misses all that it asked for, whatever the payees have. */
export function tellsItsOwn({ postings }: Transfer, { account, code, missing }: AccountRefused): boolean {
  const asked = postings.reduce((sum, { amount }) => sum + amount, 0);
  return account === postings[0].origin && code === 'insufficient-funds' && missing === asked;
}

/** The end of an operation whose capture or void got this answer. */
export const ENDS_OF: Readonly<Record<Lost, Outcome['kind']>> = {
  'already-captured': 'captured',
  'already-voided': 'voided',
  'authorization-expired': 'expired',
};

/** Whether the client asked for this end, or must expect it. */
export function isAnEndOf({ twoSteps, postings }: Transfer, outcome: Outcome): boolean {
  const isEnding = outcome.kind === 'captured' || outcome.kind === 'voided' || outcome.kind === 'expired';
  if (!twoSteps) return !isEnding;
  const { ending } = twoSteps;
  switch (outcome.kind) {
    case 'applied':
      return false;
    case 'captured': {
      const wanted = 'amounts' in ending ? ending.amounts : undefined;
      const isOf = (amounts: readonly number[] | undefined): boolean =>
        postings.every(({ amount }, index) => (amounts?.[index] ?? amount) === outcome.amounts[index]);
      if (ending.kind === 'race') return isOf(undefined) || isOf(wanted);
      return ending.kind === 'capture' && isOf(wanted);
    }
    case 'voided':
      return ending.kind === 'void' || ending.kind === 'race';
    case 'expired':
    case 'refused':
    case 'timed-out':
    case 'aborted':
      return true;
  }
}

import { available } from '../../domain/account/state';
import type { AccountRecord } from '../../engine/reads';
import { viewAccount } from './accountOutcome';

/** The whole state of an account, as clients see it. */
export function viewAccountDetails(account: AccountRecord) {
  const { id, balance, held, incoming, terms, openedAt, closedAt, lastSeq } = account;
  const spendable = closedAt === undefined ? available(account) : 0n;
  return {
    ...viewAccount(id, { balance, held, incoming, available: spendable }),
    currency: terms.currency ?? null,
    overdraftLimit: Number(terms.overdraftLimit),
    frozen: terms.frozen ?? null,
    state: closedAt === undefined ? ('open' as const) : ('closed' as const),
    openedAt,
    ...(closedAt !== undefined && { closedAt }),
    lastSeq,
  };
}

import type { TransferQuery } from '../../domain/transfer';
import type { Refusal } from '../answers/refusals';
import type { Caller } from '../requests/caller';
import { mayUse } from './access';

/** Services and admins see and decide on every transfer, also on one that no account pays for. */
function mayAll({ role }: Caller): boolean {
  return role === 'service' || role === 'admin';
}

/** An owner sees the transfers that it pays for, whichever account is paid. */
export function mayRead(caller: Caller, { postings }: TransferQuery): boolean {
  return mayAll(caller) || postings.some(({ origin }) => mayUse(caller, origin));
}

/**
 * Says why the caller may not decide on a transfer, if it may not. An owner decides only on transfers that it alone pays for, and in which
 * no service elsewhere takes part, because the owner of that part is not known here.
 */
export function refusalToDecide(caller: Caller, query: TransferQuery): Refusal | undefined {
  const { postings } = query;
  const isItsOwn = !query.participants && postings.length > 0 && postings.every(({ origin }) => mayUse(caller, origin));
  if (mayAll(caller) || isItsOwn) return undefined;
  return { kind: mayRead(caller, query) ? 'forbidden' : 'transfer-not-found' };
}

import type { TransferQuery } from '../../domain/transfer';
import type { Refusal } from '../answers/refusals';
import type { Caller } from '../requests/caller';
import { mayUse } from './access';

/** Services and admins see and decide every transfer, even one that no account pays for. */
function mayAll({ role }: Caller): boolean {
  return role === 'service' || role === 'admin';
}

/** An owner sees the transfers that it pays for, regardless of the destination. */
export function mayRead(caller: Caller, { postings }: TransferQuery): boolean {
  return mayAll(caller) || postings.some(({ origin }) => mayUse(caller, origin));
}

/**
 * Returns why the caller may not decide on a transfer; undefined if it may. An owner may decide only on a transfer that
 * it alone pays for, without participants: the owner of a participant's part is unknown here.
 */
export function refusalToDecide(caller: Caller, query: TransferQuery): Refusal | undefined {
  const { postings } = query;
  const isItsOwn = !query.participants && postings.length > 0 && postings.every(({ origin }) => mayUse(caller, origin));
  if (mayAll(caller) || isItsOwn) return undefined;
  return { kind: mayRead(caller, query) ? 'forbidden' : 'transfer-not-found' };
}

import type { TransferQuery } from '../../domain/transfer';
import type { Refusal } from '../answers/refusals';
import type { Caller } from '../requests/caller';
import { mayUse } from './access';

/** An owner sees the transfers that it pays for, whoever is paid. */
export function mayRead(caller: Caller, { postings }: TransferQuery): boolean {
  return postings.some(({ origin }) => mayUse(caller, origin));
}

/** Why the caller may not decide on a transfer, if so: an owner decides only on those that it alone pays for. */
export function refusalToDecide(caller: Caller, query: TransferQuery): Refusal | undefined {
  if (query.postings.every(({ origin }) => mayUse(caller, origin))) return undefined;
  return { kind: mayRead(caller, query) ? 'forbidden' : 'transfer-not-found' };
}

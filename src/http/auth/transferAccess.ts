import type { TransferQuery } from '../../domain/transfer';
import type { Caller } from '../requests/caller';
import { mayUse } from './access';

/** An owner sees the transfers that it pays for, whoever is paid. */
export function mayRead(caller: Caller, { postings }: TransferQuery): boolean {
  return postings.some(({ origin }) => mayUse(caller, origin));
}

/** An owner decides only on transfers that nobody else pays for. */
export function mayDecide(caller: Caller, { postings }: TransferQuery): boolean {
  return postings.every(({ origin }) => mayUse(caller, origin));
}

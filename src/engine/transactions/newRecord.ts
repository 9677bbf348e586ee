import type { Preparing } from '../../domain/transaction/state';
import type { Clock } from '../clock';
import type { NewTransaction } from '../journal/entries';
import { type CarriedOut, carriedRecord } from './carryOut';
import type { TransactionRecord } from './record';

/** The record of a transaction that was stored at `at`, with what the same statement carried out. */
export function begunRecord<Q, R>(
  transaction: NewTransaction<Q, R>,
  initial: Preparing<Q, R>,
  carried: CarriedOut<Q, R>,
  at: string,
  clock: Pick<Clock, 'after'>,
): TransactionRecord<Q, R> {
  const { type, timeoutMs, expiresInMs, metadata, requestedBy, branches } = transaction;
  const created: TransactionRecord<Q, R> = {
    state: initial,
    type,
    ...(metadata !== undefined && { metadata }),
    ...(requestedBy !== undefined && { requestedBy }),
    progress: branches.map(() => 'none'),
    unanswered: [],
    attempts: 0,
    history: [{ status: 'preparing', at }],
    deadlineAt: clock.after(at, timeoutMs),
    ...(expiresInMs !== undefined && { expiresAt: clock.after(at, expiresInMs) }),
    remainingMs: timeoutMs,
    createdAt: at,
    updatedAt: at,
  };
  return carriedRecord(created, carried, at);
}

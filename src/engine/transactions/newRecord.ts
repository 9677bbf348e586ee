import type { Preparing } from '../../domain/transaction/state';
import type { Clock } from '../clock';
import type { NewTransaction } from '../journal/entries';
import type { TransactionRecord } from './record';
import { type SharedSteps, steppedRecord } from './sharedStep';

/** The record of a transaction that was stored at `at`, before any branch was asked. */
export function createdRecord<Q, R>(
  transaction: NewTransaction<Q, R>,
  state: Preparing<Q, R>,
  at: string,
  clock: Pick<Clock, 'after'>,
): TransactionRecord<Q, R> {
  const { type, timeoutMs, expiresInMs, metadata, requestedBy, branches } = transaction;
  return {
    state,
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
}

/** The record of a transaction that took these steps in the statement that stored it. */
export function begunRecord<Q, R>(
  transaction: NewTransaction<Q, R>,
  initial: Preparing<Q, R>,
  steps: SharedSteps<Q, R>,
  at: string,
  clock: Pick<Clock, 'after'>,
): TransactionRecord<Q, R> {
  const record = steppedRecord(createdRecord(transaction, initial, at, clock), steps, at);
  const { expiresInMs } = transaction;
  return expiresInMs === undefined ? record : { ...record, remainingMs: expiresInMs };
}

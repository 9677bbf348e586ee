import type { Preparing, TransactionState } from '../../domain/transaction/state';
import type { Clock } from '../clock';
import type { NewTransaction } from '../journal/entries';
import { historyEntry, moveFor, progressOf } from './milestone';
import type { HistoryEntry, TransactionRecord } from './record';
import type { SharedStepped } from './sharedStep';

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

/** The record of a transaction that took its first step in the statement that stored it. */
export function begunRecord<Q, R>(
  transaction: NewTransaction<Q, R>,
  state: TransactionState<Q, R>,
  stepped: SharedStepped<Q, R>,
  at: string,
  clock: Pick<Clock, 'after'>,
): TransactionRecord<Q, R> {
  const created = createdRecord(transaction, stepped.state as Preparing<Q, R>, at, clock);
  const decided = historyEntry<Q, R>(moveFor(stepped.state, stepped.milestone), at);
  const history: HistoryEntry<R>[] = [...created.history, decided];
  if (state.status === 'aborted') history.push({ status: 'aborted', at, confirmed: state.branches });
  return {
    ...created,
    state,
    progress: progressOf(state, created.progress),
    history,
    ...(state.status === 'aborted' && { finishedAt: at }),
    ...(transaction.expiresInMs !== undefined && { remainingMs: transaction.expiresInMs }),
  };
}

import { assertNever } from '../assertNever';
import type { TransactionEvent } from './events';
import { isPending, type Pending, type TransactionState } from './state';

const NO_BRANCHES: ReadonlySet<string> = new Set();

/** The state after an event. An event that does not belong to the state changes nothing. */
export function evolve<Q, R>(state: TransactionState<Q, R>, event: TransactionEvent<R>): TransactionState<Q, R> {
  const { id, query, branches } = state;
  switch (event.type) {
    case 'VoteRecorded':
      return state.status === 'preparing'
        ? { ...state, votes: new Map(state.votes).set(event.branch, event.vote) }
        : state;
    case 'CommitDecided':
      return state.status === 'preparing'
        ? { status: 'committing', id, query, branches, confirmed: NO_BRANCHES }
        : state;
    case 'AbortDecided':
      return state.status === 'preparing'
        ? { status: 'aborting', id, query, branches, reason: event.reason, confirmed: NO_BRANCHES }
        : state;
    case 'BranchConfirmed':
      return state.status === 'committing' || state.status === 'aborting'
        ? { ...state, confirmed: new Set(state.confirmed).add(event.branch) }
        : state;
    case 'TransactionCommitted':
      return state.status === 'committing' ? { status: 'committed', id, query, branches } : state;
    case 'TransactionAborted':
      return state.status === 'aborting' ? { status: 'aborted', id, query, branches, reason: state.reason } : state;
    case 'TransactionFailed':
      return isPending(state)
        ? { status: 'failed', id, query, branches, errors: event.errors, interrupted: forgetAnswers(state) }
        : state;
    case 'TransactionResumed':
      return state.status === 'failed' ? state.interrupted : state;
    default:
      return assertNever(event);
  }
}

/** Only decisions are stored: whoever goes on asks every branch again, which each branch answers the same. */
function forgetAnswers<Q, R>(state: Pending<Q, R>): Pending<Q, R> {
  return state.status === 'preparing' ? { ...state, votes: new Map() } : { ...state, confirmed: NO_BRANCHES };
}

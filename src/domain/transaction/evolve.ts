import { assertNever } from '../assertNever';
import type { TransactionEvent } from './events';
import { isPending, type Pending, type TransactionState } from './state';

const NO_BRANCHES: ReadonlySet<string> = new Set();

/** The state after an event. An event that does not fit the state changes nothing. */
export function evolve<Q, R>(state: TransactionState<Q, R>, event: TransactionEvent<Q, R>): TransactionState<Q, R> {
  const { id, query, branches, askedFirst, isTwoStep } = state;
  const common = { id, query, branches, askedFirst, isTwoStep };
  switch (event.type) {
    case 'VoteRecorded':
      return state.status === 'preparing'
        ? { ...state, votes: new Map(state.votes).set(event.branch, event.vote) }
        : state;
    case 'Authorized':
      return state.status === 'preparing' ? { status: 'authorized', ...common } : state;
    case 'CommitDecided':
      return isUndecided(state)
        ? { status: 'committing', ...common, query: event.query ?? query, confirmed: NO_BRANCHES }
        : state;
    case 'AbortDecided':
      return isUndecided(state)
        ? { status: 'aborting', ...common, reason: event.reason, confirmed: NO_BRANCHES }
        : state;
    case 'BranchConfirmed':
      return state.status === 'committing' || state.status === 'aborting'
        ? { ...state, confirmed: new Set(state.confirmed).add(event.branch) }
        : state;
    case 'TransactionCommitted':
      return state.status === 'committing' ? { status: 'committed', ...common } : state;
    case 'TransactionAborted':
      return state.status === 'aborting' ? { status: 'aborted', ...common, reason: state.reason } : state;
    case 'TransactionFailed':
      return isPending(state)
        ? { status: 'failed', ...common, errors: event.errors, interrupted: forgetAnswers(state) }
        : state;
    case 'TransactionResumed':
      return state.status === 'failed' ? state.interrupted : state;
    default:
      return assertNever(event);
  }
}

function isUndecided<Q, R>({ status }: TransactionState<Q, R>): boolean {
  return status === 'preparing' || status === 'authorized';
}

/** Only decisions are stored. The next driver asks every branch again, and each branch gives the same answer. */
function forgetAnswers<Q, R>(state: Pending<Q, R>): Pending<Q, R> {
  return state.status === 'preparing' ? { ...state, votes: new Map() } : { ...state, confirmed: NO_BRANCHES };
}

import type { BranchId, TransactionId } from '../ids';

/**
 * A branch's answer to a prepare. `retry` is neither yes nor no: it asks for the prepare again, `afterMs` milliseconds
 * from now if it is set.
 */
export type Vote<R> =
  | { readonly kind: 'commit' }
  | { readonly kind: 'abort'; readonly reason: R }
  | { readonly kind: 'retry'; readonly afterMs?: number };

export type FinalVote<R> = Exclude<Vote<R>, { kind: 'retry' }>;

export interface BranchVote<R> {
  readonly branch: BranchId;
  readonly vote: FinalVote<R>;
}

export type AbortReason<R> =
  | { readonly kind: 'timeout' }
  | { readonly kind: 'branches'; readonly reasons: readonly { readonly branch: BranchId; readonly reason: R }[] }
  | { readonly kind: 'client'; readonly reason?: string }
  /** A client released the authorization. */
  | { readonly kind: 'voided'; readonly reason?: string }
  | { readonly kind: 'expired' };

/** A branch error that no retry can fix. */
export interface BranchError {
  readonly branch: BranchId;
  readonly message: string;
}

interface Common<Q> {
  readonly id: TransactionId;
  readonly query: Q;
  readonly branches: readonly BranchId[];
  /** The first `askedFirst` branches are asked to prepare before the others. If one of them refuses, the others are not asked. */
  readonly askedFirst: number;
  /** After all branches have voted to commit, the transaction waits for a capture. */
  readonly isTwoStep: boolean;
}

export interface Preparing<Q, R> extends Common<Q> {
  readonly status: 'preparing';
  readonly votes: ReadonlyMap<BranchId, FinalVote<R>>;
}

/** Every branch is prepared. The transaction waits for its capture, its void or its expiry. */
export interface Authorized<Q> extends Common<Q> {
  readonly status: 'authorized';
}

export interface Committing<Q> extends Common<Q> {
  readonly status: 'committing';
  readonly confirmed: ReadonlySet<BranchId>;
}

export interface Aborting<Q, R> extends Common<Q> {
  readonly status: 'aborting';
  readonly reason: AbortReason<R>;
  readonly confirmed: ReadonlySet<BranchId>;
}

export interface Committed<Q> extends Common<Q> {
  readonly status: 'committed';
}

export interface Aborted<Q, R> extends Common<Q> {
  readonly status: 'aborted';
  readonly reason: AbortReason<R>;
}

/** Terminal branch errors have stopped the transaction. A resume goes on from `interrupted`. */
export interface Failed<Q, R> extends Common<Q> {
  readonly status: 'failed';
  readonly errors: readonly BranchError[];
  readonly interrupted: Pending<Q, R>;
}

export type Pending<Q, R> = Preparing<Q, R> | Committing<Q> | Aborting<Q, R>;
export type TransactionState<Q, R> = Pending<Q, R> | Authorized<Q> | Committed<Q> | Aborted<Q, R> | Failed<Q, R>;
export type TransactionStatus = TransactionState<unknown, unknown>['status'];

export const TRANSACTION_STATUSES = [
  'preparing',
  'authorized',
  'committing',
  'committed',
  'aborting',
  'aborted',
  'failed',
] as const satisfies readonly TransactionStatus[];

/** Whether the transaction owes a call to a branch now. A transaction that waits for a capture, or has failed, is not pending. */
export function isPending<Q, R>(state: TransactionState<Q, R>): state is Pending<Q, R> {
  return state.status === 'preparing' || state.status === 'committing' || state.status === 'aborting';
}

import type { BranchId, TransactionId } from '../ids';

/** A branch's answer to prepare. `retry` asks to be prepared again, `afterMs` from now if it says when: it is neither yes nor no. */
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
  /** The authorization was given back, by a client or at its expiry. */
  | { readonly kind: 'voided'; readonly reason?: string }
  | { readonly kind: 'expired' };

/** A branch error that no retry can heal. */
export interface BranchError {
  readonly branch: BranchId;
  readonly message: string;
}

interface Common<Q> {
  readonly id: TransactionId;
  readonly query: Q;
  readonly branches: readonly BranchId[];
  /** The first so many branches are asked to prepare before the others: those that could be asked in vain. */
  readonly askedFirst: number;
  /** When all branches have voted to commit, the transaction waits for a capture. */
  readonly isTwoStep: boolean;
}

export interface Preparing<Q, R> extends Common<Q> {
  readonly status: 'preparing';
  readonly votes: ReadonlyMap<BranchId, FinalVote<R>>;
}

/** Prepared by every branch, and waiting for its capture, its void or its expiry. */
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

/** Stopped by terminal branch errors. `interrupted` is where a resume goes on. */
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

/** Whether something is owed to its branches now. Neither what waits for a capture nor what failed is pending. */
export function isPending<Q, R>(state: TransactionState<Q, R>): state is Pending<Q, R> {
  return state.status === 'preparing' || state.status === 'committing' || state.status === 'aborting';
}

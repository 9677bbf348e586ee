import type { AccountBranchState } from '../../domain/account/state';
import type { AccountId, TransactionId } from '../../domain/ids';
import type { AccountSnapshot, Appended, Batch, ForeignBranch } from './entries';
import type { KeyUse, RequestKey } from './requestKey';

/**
 * The journal is the source of truth. Every call throws {@link UnavailableError} when the database is away; the error
 * says what is known of the call.
 */
export interface JournalStore<Q, R> {
  /** The current accounts, in the order of `accounts`. */
  load(accounts: readonly AccountId[]): Promise<readonly AccountSnapshot[]>;
  /** What each key stands for, in the order of `keys`; undefined for an unused key. */
  readKeys(keys: readonly RequestKey[]): Promise<readonly (KeyUse | undefined)[]>;
  /** Each branch, open or ended, in the order of `branches`; undefined for a branch that its account has no entry of. */
  readBranches(branches: readonly BranchOf[]): Promise<readonly (AccountBranchState | undefined)[]>;
  /** The transactions of `ids` that are stored. */
  existing(ids: readonly TransactionId[]): Promise<ReadonlySet<TransactionId>>;
  /** Branches of other coordinators, in the order of `ids`; undefined for a branch that is not stored. */
  readForeign(ids: readonly TransactionId[]): Promise<readonly (ForeignBranch | undefined)[]>;
  /**
   * Writes a batch. The batch is durable when the call resolves. The entries of an account take the sequence numbers
   * after the last known entry. If another process has written those numbers, nothing of the batch is written. Rejects
   * with UnavailableError `unknown` when the outcome could not be learned; repeating the same batch then changes
   * nothing more.
   */
  append(batch: Batch<Q, R>): Promise<Appended>;
}

export interface BranchOf {
  readonly account: AccountId;
  readonly transactionId: TransactionId;
}

import type { AccountBranchState } from '../../domain/account/state';
import type { AccountId, TransactionId } from '../../domain/ids';
import type { AccountSnapshot, Appended, Batch, ForeignBranch } from './entries';
import type { KeyUse, RequestKey } from './requestKey';

/**
 * The journal, which is the truth. Every call throws {@link UnavailableError} when the database is away, with what is
 * known of the call.
 */
export interface JournalStore<Q, R> {
  /** The accounts now, in order. */
  load(accounts: readonly AccountId[]): Promise<readonly AccountSnapshot[]>;
  /** What each key stands for, in order; undefined for one that is unused. */
  readKeys(keys: readonly RequestKey[]): Promise<readonly (KeyUse | undefined)[]>;
  /** Each branch, open or not, in order; undefined for one that its account has nothing of. */
  readBranches(branches: readonly BranchOf[]): Promise<readonly (AccountBranchState | undefined)[]>;
  /** Which of the transactions are stored. */
  existing(ids: readonly TransactionId[]): Promise<ReadonlySet<TransactionId>>;
  /** The branches of other coordinators, in order; undefined for one that is not there. */
  readForeign(ids: readonly TransactionId[]): Promise<readonly (ForeignBranch | undefined)[]>;
  /**
   * Writes a batch, durable when it resolves. The entries of an account stand at the sequence numbers that follow what
   * was known of it, and no other process may have written those: otherwise all of the batch is left out. Rejects with
   * UnavailableError `unknown` when the outcome could not be learned; repeating the same batch then changes nothing more.
   */
  append(batch: Batch<Q, R>): Promise<Appended>;
}

export interface BranchOf {
  readonly account: AccountId;
  readonly transactionId: TransactionId;
}

import type { AccountBranchState } from '../../domain/account/state';
import type { AccountId, TransactionId } from '../../domain/ids';
import type { ForeignBranch } from './entries';
import type { Fold } from './fold';
import type { KeyUse, RequestKey } from './requestKey';
import type { BranchOf } from './store';

/** A fact that a unit must know, beside its accounts, before it can be decided. */
export type Question =
  | { readonly kind: 'key'; readonly key: RequestKey; answer(use: KeyUse | undefined): void }
  | { readonly kind: 'branch'; readonly of: BranchOf; answer(branch: AccountBranchState | undefined): void }
  | { readonly kind: 'foreign'; readonly id: TransactionId; answer(found: ForeignBranch | undefined): void }
  | { readonly kind: 'exists'; readonly id: TransactionId; answer(exists: boolean): void };

/** What a unit gets when its batch is durable. `moved` are the transactions whose moves were made. */
export interface Written {
  readonly at: string;
  readonly moved: ReadonlySet<TransactionId>;
}

/**
 * Something that is decided when it can be written: a command to an account, a step of a transaction, or both. Each
 * decision uses the accounts as of their last entries. After a conflict with another process the unit is decided again.
 * The group commit calls exactly one of `landed`, `lost` and `failed`, and `failed` also after a `landed` that throws.
 */
export interface Unit<Q, R> {
  /** The accounts that the decision reads. */
  readonly accounts: readonly AccountId[];
  /** The facts that are still unknown. Returns the same objects until they are answered. */
  questions(): readonly Question[];
  /** Decides, and adds the rows to the fold. Throws only for a defect; then nothing of the fold is written. */
  decide(fold: Fold<Q, R>): void;
  /** Called before another decision, because the looked-up facts may have changed. `begun`: an earlier write may have landed. */
  again(begun: boolean): void;
  landed(written: Written): void;
  /** Another driver has moved the transaction. Nothing of this unit was written. */
  lost(): void;
  failed(error: unknown): void;
  /** The client's key that the unit uses, if any. Two units with one key are decided one after the other. */
  readonly keyName?: string | undefined;
  /** The account to whose totals the unit adds, if any. */
  readonly totals?: AccountId | undefined;
  /** The transaction that the unit moves, if any. Two units that move one transaction are decided one after the other. */
  readonly moves?: TransactionId | undefined;
  /** Whether a refused move keeps the whole unit from being written. */
  readonly isFenced?: boolean | undefined;
}

import type { AccountBranchState } from '../../domain/account/state';
import type { AccountId, TransactionId } from '../../domain/ids';
import type { ForeignBranch } from './entries';
import type { Fold } from './fold';
import type { KeyUse, RequestKey } from './requestKey';
import type { BranchOf } from './store';

/** What a unit has to know beside its accounts before it can be decided. */
export type Question =
  | { readonly kind: 'key'; readonly key: RequestKey; answer(use: KeyUse | undefined): void }
  | { readonly kind: 'branch'; readonly of: BranchOf; answer(branch: AccountBranchState | undefined): void }
  | { readonly kind: 'foreign'; readonly id: TransactionId; answer(found: ForeignBranch | undefined): void }
  | { readonly kind: 'exists'; readonly id: TransactionId; answer(exists: boolean): void };

/** What a unit hears when its batch is durable. `moved` are the transactions whose moves were made. */
export interface Written {
  readonly at: string;
  readonly moved: ReadonlySet<TransactionId>;
}

/**
 * Something that is decided when it can be written: a command to an account, a step of a transaction, or both in one.
 * It is decided on accounts as of their last entries, as often as that takes: after a conflict on what another process
 * wrote. It hears exactly one of `landed`, `lost` and `failed`.
 */
export interface Unit<Q, R> {
  /** The accounts that the decision reads. */
  readonly accounts: readonly AccountId[];
  /** What is not known yet. The same objects until they are answered. */
  questions(): readonly Question[];
  /** Decides, and adds to the fold what is to be written. Throws only for a defect; then nothing of the fold is written. */
  decide(fold: Fold<Q, R>): void;
  /** Before it is decided once more: what was looked up may have changed. `begun`: an earlier write may have landed. */
  again(begun: boolean): void;
  landed(written: Written): void;
  /** The transaction was moved by another driver: nothing of this unit was written. */
  lost(): void;
  failed(error: unknown): void;
  /** Names the client's key that it uses, if any: two units with one key are decided one after the other. */
  readonly keyName?: string | undefined;
  /** The account whose totals it adds to, if any. */
  readonly totals?: AccountId | undefined;
  /** The transaction that it moves, if any: two units that move one are decided one after the other. */
  readonly moves?: TransactionId | undefined;
  /** Whether nothing of it may be written when its move is refused. */
  readonly isFenced?: boolean | undefined;
}

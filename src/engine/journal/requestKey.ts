import type { AccountRefusal } from '../../domain/account/commands';
import type { TransactionId } from '../../domain/ids';

/** Names a request of a client, so that repeating it does nothing new. `scope` is the caller the key belongs to. */
export interface RequestKey {
  readonly scope: string;
  readonly key: string;
  /** A digest of what was asked: the same key with another fingerprint is a client's mistake. */
  readonly fingerprint: string;
}

/** The answer of a keyed command to one account, kept under its key. Amounts in minor units. */
export type OperationAnswer =
  | {
      readonly kind: 'accepted';
      readonly balance: bigint;
      readonly held: bigint;
      readonly incoming: bigint;
      readonly available: bigint;
    }
  | { readonly kind: 'refused'; readonly refusal: AccountRefusal };

/** What a key stands for: the transaction that its request started, or the answer that its request got. */
export interface KeyUse {
  readonly fingerprint: string;
  readonly transactionId?: TransactionId;
  readonly answer?: OperationAnswer;
}

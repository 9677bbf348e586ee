import type { AccountRefusal } from '../../domain/account/commands';
import type { TransactionId } from '../../domain/ids';

/** Names a client's request, so that a repetition does nothing new. `scope` is the caller to whom the key belongs. */
export interface RequestKey {
  readonly scope: string;
  readonly key: string;
  /** A digest of the request. The same key with another fingerprint is a mistake of the client. */
  readonly fingerprint: string;
}

/** The answer to a keyed command to one account, stored under its key. Amounts in minor units. */
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

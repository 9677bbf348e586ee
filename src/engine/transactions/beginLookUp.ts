import type { TransactionId } from '../../domain/ids';
import type { NewTransaction } from '../journal/entries';
import { KeyLookUp, keyName } from '../journal/keyLookUp';
import { LookUp, NO_QUESTIONS } from '../journal/lookUp';
import type { Question } from '../journal/unit';

/** What was begun before under the id or the key of a new transaction. */
export type BegunBefore =
  /** The transaction was stored before: under this id by an earlier attempt of the same call, or under its key by the same request. */
  | { readonly kind: 'found'; readonly id: TransactionId; readonly isReplay: boolean }
  /** Another request has used the key. */
  | { readonly kind: 'key-reused' };

/** Looks up whether the transaction was begun before. */
export class BeginLookUp<Q, R> {
  readonly keyName: string | undefined;
  private readonly key: KeyLookUp | undefined;
  private own: LookUp<boolean>;

  constructor(
    private readonly transaction: Pick<NewTransaction<Q, R>, 'id' | 'key'>,
    /** Whether another process may create the same transaction too. */
    private readonly mayExist: boolean,
  ) {
    const { key } = transaction;
    this.keyName = key && keyName(key);
    this.key = key && new KeyLookUp(key, true);
    this.own = this.lookUp(true);
  }

  questions(): readonly Question[] {
    const ofKey = this.key?.questions() ?? NO_QUESTIONS;
    const ofOwn = this.own.questions();
    return ofOwn.length > 0 ? [...ofKey, ...ofOwn] : ofKey;
  }

  again(begun: boolean): void {
    this.key?.again(begun);
    this.own = this.lookUp(!begun && !this.mayExist);
  }

  /** Looks up whether the transaction itself is stored. */
  private lookUp(isNew: boolean): LookUp<boolean> {
    const { id } = this.transaction;
    return new LookUp((answer) => ({ kind: 'exists', id, answer }), isNew);
  }

  /** The transaction that was begun before, if any. */
  get found(): BegunBefore | undefined {
    const { id, key } = this.transaction;
    if (this.own.found) return { kind: 'found', id, isReplay: false };
    const use = this.key?.found;
    if (!use) return undefined;
    if (use.fingerprint !== key?.fingerprint || use.transactionId === undefined) return { kind: 'key-reused' };
    return { kind: 'found', id: use.transactionId, isReplay: use.transactionId !== id };
  }
}

import type { TransactionId } from '../../domain/ids';
import type { NewTransaction } from '../journal/entries';
import type { Fold } from '../journal/fold';
import { KeyLookUp, keyName } from '../journal/keyLookUp';
import { LookUp, NO_QUESTIONS } from '../journal/lookUp';
import type { Question, Unit, Written } from '../journal/unit';

/** The outcome of an attempt to begin a transaction. */
export type Begun =
  | { readonly kind: 'created'; readonly at: string }
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
  get found(): Exclude<Begun, { kind: 'created' }> | undefined {
    const { id, key } = this.transaction;
    if (this.own.found) return { kind: 'found', id, isReplay: false };
    const use = this.key?.found;
    if (!use) return undefined;
    if (use.fingerprint !== key?.fingerprint || use.transactionId === undefined) return { kind: 'key-reused' };
    return { kind: 'found', id: use.transactionId, isReplay: use.transactionId !== id };
  }
}

/** Stores a transaction before any branch is asked. */
export class CreateUnit<Q, R> implements Unit<Q, R> {
  readonly accounts = [];
  readonly keyName: string | undefined;
  private readonly look: BeginLookUp<Q, R>;

  constructor(
    private readonly transaction: NewTransaction<Q, R>,
    mayExist: boolean,
    private readonly resolve: (begun: Begun) => void,
    private readonly reject: (error: unknown) => void,
  ) {
    this.look = new BeginLookUp(transaction, mayExist);
    this.keyName = this.look.keyName;
  }

  questions(): readonly Question[] {
    return this.look.questions();
  }

  decide(fold: Fold<Q, R>): void {
    if (!this.look.found) fold.create(this.transaction);
  }

  again(begun: boolean): void {
    this.look.again(begun);
  }

  landed({ at }: Written): void {
    this.resolve(this.look.found ?? { kind: 'created', at });
  }

  lost(): void {
    throw new Error('a creation carries no move');
  }

  failed(error: unknown): void {
    this.reject(error);
  }
}

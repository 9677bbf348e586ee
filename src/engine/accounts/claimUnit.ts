import type { AccountRefusal, Promised } from '../../domain/account/commands';
import type { AccountId, TransactionId } from '../../domain/ids';
import type { ForeignBranch, ForeignRequest } from '../journal/entries';
import type { Fold } from '../journal/fold';
import { LookUp } from '../journal/lookUp';
import type { Question, Unit } from '../journal/unit';
import type { AccountActor } from './accountActor';

export type Claimed =
  /** This call wrote the branch with its account's promise, or its tombstone. */
  | { readonly kind: 'claimed' }
  /** The branch was stored before. Nothing was written. */
  | { readonly kind: 'known'; readonly branch: ForeignBranch }
  /** The account refused. Nothing was written. */
  | { readonly kind: 'refused'; readonly refusal: AccountRefusal };

/**
 * The first call of another coordinator to a branch: a prepare or an abort. One statement writes the branch's row and
 * the account's promise. When two calls race, the row's primary key admits one; the other one finds the row.
 */
export class ClaimUnit implements Unit<unknown, unknown> {
  readonly accounts: readonly AccountId[];
  readonly keyName: string;
  private readonly look: ForeignLookUp;
  private claimed: Claimed | undefined;

  constructor(
    /** The account that the call asks; undefined for a tombstone. */
    private readonly actor: AccountActor | undefined,
    private readonly branch: ForeignBranch,
    private readonly resolve: (claimed: Claimed) => void,
    private readonly reject: (error: unknown) => void,
  ) {
    this.accounts = actor ? [actor.id] : [];
    this.keyName = `foreign\n${branch.id}`;
    this.look = new ForeignLookUp(branch.id, actor);
  }

  questions(): readonly Question[] {
    return this.look.questions();
  }

  decide(fold: Fold<unknown, unknown>): void {
    const { found } = this.look;
    if (found) {
      this.claimed = { kind: 'known', branch: found };
      return;
    }
    const { id, asked } = this.branch;
    const refusal =
      asked &&
      this.actor?.handleBranch({ type: 'Prepare', transactionId: id, promised: promisedBy(asked) }, undefined, fold);
    if (!refusal) fold.claim(this.branch);
    this.claimed = refusal ? { kind: 'refused', refusal } : { kind: 'claimed' };
  }

  again(): void {
    this.look.again();
  }

  landed(): void {
    if (!this.claimed) throw new Error('landed before it was decided');
    this.resolve(this.claimed);
  }

  lost(): void {
    throw new Error('a claim carries no move');
  }

  failed(error: unknown): void {
    this.reject(error);
  }
}

export function promisedBy({ direction, amount, currency }: ForeignRequest): Promised {
  const isDebit = direction === 'debit';
  return {
    held: isDebit ? amount : 0n,
    incoming: isDebit ? 0n : amount,
    arrivingMax: isDebit ? 0n : amount,
    ...(currency !== undefined && { currency: { code: currency } }),
  };
}

/**
 * Looks up whether a branch is stored already. Looks again when the account was loaded since the last look: another
 * process may have written the branch before that load, and the account would then refuse because of funds that this
 * very branch holds.
 */
class ForeignLookUp {
  private readonly look: LookUp<ForeignBranch>;
  /** The age of the account at the last question. */
  private asOf = Number.NEGATIVE_INFINITY;

  constructor(
    id: TransactionId,
    private readonly actor: AccountActor | undefined,
  ) {
    this.look = new LookUp((answer) => {
      this.asOf = this.age;
      return { kind: 'foreign', id, answer };
    });
  }

  get found(): ForeignBranch | undefined {
    return this.look.found;
  }

  questions(): readonly Question[] {
    if (this.age - this.asOf >= 2) this.again();
    return this.look.questions();
  }

  again(): void {
    this.look.again();
  }

  private get age(): number {
    return this.actor?.age ?? 0;
  }
}

import type { AccountRefusal, BranchCommand } from '../../domain/account/commands';
import type { AccountBranchState } from '../../domain/account/state';
import type { AccountId, TransactionId } from '../../domain/ids';
import type { EntryNote } from '../journal/entries';
import type { Fold } from '../journal/fold';
import { LookUp, NO_QUESTIONS } from '../journal/lookUp';
import type { Question, Unit } from '../journal/unit';
import type { AccountActor } from './accountActor';

/** One call of a coordinator to one account. */
export class BranchUnit implements Unit<unknown, unknown> {
  readonly accounts: readonly AccountId[];
  private readonly look: BranchLookUp;
  private refusal: AccountRefusal | undefined;

  constructor(
    private readonly actor: AccountActor,
    transactionId: TransactionId,
    /** Called at decision time, because the command may depend on the state of the accounts at that moment. */
    private readonly command: () => BranchCommand,
    /** More accounts that the command depends on. */
    reads: readonly AccountId[],
    private readonly resolve: (refusal: AccountRefusal | undefined) => void,
    private readonly reject: (error: unknown) => void,
    private readonly note?: EntryNote,
  ) {
    this.accounts = [actor.id, ...reads.filter((id) => id !== actor.id)];
    this.look = new BranchLookUp(actor, transactionId);
  }

  questions(): readonly Question[] {
    return this.look.questions();
  }

  decide(fold: Fold<unknown, unknown>): void {
    this.refusal = this.actor.handleBranch(this.command(), this.look.found, fold, this.note);
  }

  again(): void {
    this.look.again();
  }

  landed(): void {
    this.resolve(this.refusal);
  }

  lost(): void {
    throw new Error('a branch carries no move');
  }

  failed(error: unknown): void {
    this.reject(error);
  }
}

/**
 * Looks up a branch in the journal when the account does not have it in memory. Looks again when the branch may have
 * begun and ended since the last look without being in memory now: a load or a drop of ended branches may have hidden
 * it.
 */
export class BranchLookUp {
  private readonly look: LookUp<AccountBranchState>;
  /** The age of the account at the last question. */
  private asOf = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly actor: AccountActor,
    private readonly transactionId: TransactionId,
  ) {
    this.look = new LookUp((answer) => this.ask(answer));
  }

  get found(): AccountBranchState | undefined {
    return this.look.found;
  }

  questions(): readonly Question[] {
    if (this.actor.branch(this.transactionId)) return NO_QUESTIONS;
    if (this.actor.age - this.asOf >= 2) this.again();
    return this.look.questions();
  }

  again(): void {
    this.look.again();
  }

  private ask(answer: (found: AccountBranchState | undefined) => void): Question {
    const { actor, transactionId } = this;
    this.asOf = actor.age;
    return {
      kind: 'branch',
      of: { account: actor.id, transactionId },
      answer: (found) => {
        answer(found);
        // The account keeps every open branch in memory. So another process has prepared this branch since the account
        // was loaded.
        if (this.found?.state === 'prepared' && !actor.branch(transactionId)) actor.forget();
      },
    };
  }
}

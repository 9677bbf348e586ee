import type { AccountRefusal, BranchCommand } from '../../domain/account/commands';
import type { AccountId, TransactionId } from '../../domain/ids';
import type { EntryNote, ForeignBranch, ForeignRequest, IdentifiedName } from '../journal/entries';
import type { GroupCommit } from '../journal/groupCommit';
import type { JournalStore } from '../journal/store';
import type { Accounts } from './accounts';
import { BranchUnit } from './branchUnit';
import { type Claimed, ClaimUnit, promisedBy } from './claimUnit';

export type ForeignRefusal =
  | AccountRefusal
  /** A prepare asks for something other than the first prepare did. */
  | { readonly kind: 'branch-differs' }
  /** An abort names a branch that has committed. */
  | { readonly kind: 'branch-committed' };

export type ForeignAnswer =
  /** Durable: the branch promised, applied or released, in this call or an earlier one. */
  | { readonly kind: 'done' }
  /** Definite: the branch will not do it. */
  | { readonly kind: 'refused'; readonly refusal: ForeignRefusal }
  /** A commit names a branch that was never prepared, or whose prepare was refused. */
  | { readonly kind: 'no-branch' };

const DONE: ForeignAnswer = { kind: 'done' };

/**
 * The accounts of this database as participants of transactions that other services coordinate. A caller may repeat
 * every call, send it late, and send it at the same time as another one. Each call is durable when it resolves. Rejects
 * with OverloadedError when too many calls wait, and with UnavailableError when the database is away.
 */
export class ForeignBranches {
  constructor(
    private readonly accounts: Accounts,
    private readonly commits: GroupCommit<unknown, unknown>,
    private readonly journal: Pick<JournalStore<unknown, unknown>, 'readForeign'>,
  ) {}

  async prepare(branch: IdentifiedName, asked: ForeignRequest): Promise<ForeignAnswer> {
    const { id } = branch;
    const claimed = await this.claim({ ...branch, asked });
    if (claimed.kind === 'claimed') return DONE;
    if (claimed.kind === 'refused') return claimed;
    const { asked: first } = claimed.branch;
    if (!first) return refused({ kind: 'branch-aborted' });
    if (!isSame(first, asked)) return refused({ kind: 'branch-differs' });
    return this.ask(first.account, { type: 'Prepare', transactionId: id, promised: promisedBy(first) });
  }

  async commit({ id }: IdentifiedName): Promise<ForeignAnswer> {
    return this.end(id, 'committed');
  }

  async abort(branch: IdentifiedName): Promise<ForeignAnswer> {
    const { id } = branch;
    const claimed = await this.claim(branch);
    if (claimed.kind !== 'known' || !claimed.branch.asked) return DONE;
    return this.ask(claimed.branch.asked.account, { type: 'Abort', transactionId: id });
  }

  /**
   * Takes an operator's word for the decision of a coordinator that does not come back. The entry that this writes
   * keeps `note`. Resolves to `done` when the branch has already ended the same way. If the coordinator comes back
   * after all and sends the other decision, it is told what the branch did.
   */
  settle({ id }: IdentifiedName, as: 'committed' | 'aborted', note: EntryNote): Promise<ForeignAnswer> {
    return this.end(id, as, note);
  }

  private async end(id: TransactionId, as: 'committed' | 'aborted', note?: EntryNote): Promise<ForeignAnswer> {
    const [known] = await this.journal.readForeign([id]);
    if (!known) return { kind: 'no-branch' };
    const { asked } = known;
    if (!asked) return as === 'aborted' ? DONE : refused({ kind: 'branch-aborted' });
    if (as === 'aborted') return this.ask(asked.account, { type: 'Abort', transactionId: id }, note);
    const direction = asked.direction === 'debit' ? 'out' : 'in';
    const lines = [{ direction, amount: asked.amount, posting: 0 }] as const;
    return this.ask(asked.account, { type: 'Commit', transactionId: id, lines }, note);
  }

  private claim(branch: ForeignBranch): Promise<Claimed> {
    const actor = branch.asked && this.accounts.of(branch.asked.account);
    return new Promise((resolve, reject) => {
      this.commits.submit(new ClaimUnit(actor, branch, resolve, reject));
    });
  }

  private async ask(account: AccountId, command: BranchCommand, note?: EntryNote): Promise<ForeignAnswer> {
    const refusal = await new Promise<AccountRefusal | undefined>((resolve, reject) => {
      const { transactionId } = command;
      const actor = this.accounts.of(account);
      this.commits.submit(new BranchUnit(actor, transactionId, () => command, [], resolve, reject, note));
    });
    if (!refusal) return DONE;
    if (refusal.kind !== 'protocol-violation') return refused(refusal);
    // One statement writes the row and the account's promise. So this branch was prepared, and has ended the other way.
    return refused({ kind: command.type === 'Abort' ? 'branch-committed' : 'branch-aborted' });
  }
}

function refused(refusal: ForeignRefusal): ForeignAnswer {
  return { kind: 'refused', refusal };
}

function isSame(a: ForeignRequest, b: ForeignRequest): boolean {
  return a.account === b.account && a.direction === b.direction && a.amount === b.amount && a.currency === b.currency;
}

import type { Question } from '../journal/unit';
import type { SharedBranch, SharedBranches } from './branch';

/** The branches of one transaction in the unit that decides them, and the questions about them. */
export class UnitBranches<Q, R> {
  readonly accounts: readonly string[];
  private readonly byId: ReadonlyMap<string, SharedBranch<Q, R>>;

  constructor(
    { id, branches }: { readonly id: string; readonly branches: readonly string[] },
    shared: SharedBranches<Q, R>,
    isNew: boolean,
  ) {
    this.accounts = branches.map((branch) => shared.accountOf(branch));
    this.byId = new Map(branches.map((branch) => [branch, shared.shared(branch, id, isNew)]));
  }

  readonly of = (branch: string): SharedBranch<Q, R> => {
    const known = this.byId.get(branch);
    if (!known) throw new Error(`${branch} is no branch of the transaction`);
    return known;
  };

  questions(): readonly Question[] {
    const questions: Question[] = [];
    for (const branch of this.byId.values()) for (const question of branch.questions()) questions.push(question);
    return questions;
  }

  again(): void {
    for (const branch of this.byId.values()) branch.again();
  }
}

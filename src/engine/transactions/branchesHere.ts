import type { BranchId } from '../../domain/ids';
import type { Question } from '../journal/unit';
import type { SharedBranch, SharedBranches } from './branch';

/** The branches of one transaction that one statement carries out, in the unit that decides them, and the questions about them. */
export class BranchesHere<Q, R> {
  readonly branches: readonly BranchId[];
  readonly accounts: readonly string[];
  private readonly byId: ReadonlyMap<BranchId, SharedBranch<Q, R>>;

  constructor(id: string, branches: readonly BranchId[], shared: SharedBranches<Q, R>, isNew: boolean) {
    this.branches = branches.filter((branch) => shared.has(branch));
    this.accounts = this.branches.map((branch) => shared.accountOf(branch));
    this.byId = new Map(this.branches.map((branch) => [branch, shared.shared(branch, id, isNew)]));
  }

  has(branch: BranchId): boolean {
    return this.byId.has(branch);
  }

  of(branch: BranchId): SharedBranch<Q, R> {
    const known = this.byId.get(branch);
    if (!known) throw new Error(`${branch} is not carried out here`);
    return known;
  }

  questions(): readonly Question[] {
    const questions: Question[] = [];
    for (const branch of this.byId.values()) for (const question of branch.questions()) questions.push(question);
    return questions;
  }

  again(): void {
    for (const branch of this.byId.values()) branch.again();
  }
}

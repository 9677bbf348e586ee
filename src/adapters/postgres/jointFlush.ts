import type { AccountId, TransactionId } from '../../domain/ids';
import type { JointMove, JointStatus } from '../../engine/jointMove';
import type { Moved } from '../../engine/moved';
import type { AccountEntry, EntryOutcome } from '../../engine/ports';
import type { JointRow } from './accountRows';

type BranchesOf = Map<JointMove, Set<AccountId>>;

/** The joint moves that one flush of account entries may carry, and what became of them. */
export class JointFlush {
  /** The accounts whose entries this flush has, and those whose entries applied. */
  private readonly written: BranchesOf = new Map();
  private readonly applied: BranchesOf = new Map();
  private readonly landed = new Map<TransactionId, Moved>();

  add(account: AccountId, { joint }: AccountEntry): void {
    if (joint) put(this.written, joint, account);
  }

  /** Whether any entry brings a move along: then the statement touches transactions too. */
  get carriesMoves(): boolean {
    for (const [joint, accounts] of this.written) if (joint.completedBy(accounts)) return true;
    return false;
  }

  /** The status an entry's transaction moves to with this flush, if everything the move still lacks is in it. */
  moveOf({ joint }: AccountEntry): JointStatus | null {
    if (!joint) return null;
    return joint.completedBy(this.written.get(joint) ?? new Set()) ? joint.to : null;
  }

  moved({ moved_id: id, moved_at: at, moved_attempts: attempts }: JointRow): void {
    this.landed.set(id, { at: at.toISOString(), attempts });
  }

  wrote(account: AccountId, { joint }: AccountEntry, outcome: EntryOutcome | undefined): void {
    if (joint && outcome?.kind === 'applied') put(this.applied, joint, account);
  }

  /** Tells the joint moves, before those who wait for the entries hear of them. */
  tell(): void {
    for (const [joint, accounts] of this.applied) {
      joint.landed(accounts, joint.completedBy(accounts) ? this.landed.get(joint.id) : undefined);
    }
  }
}

function put(branches: BranchesOf, joint: JointMove, account: AccountId): void {
  const known = branches.get(joint);
  if (known) known.add(account);
  else branches.set(joint, new Set([account]));
}

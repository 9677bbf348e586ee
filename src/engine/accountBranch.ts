import type { AccountRefusal, BranchCommand } from '../domain/account/commands';
import { assertNever } from '../domain/assertNever';
import type { AccountId, TransactionId } from '../domain/ids';
import type { AbortReason, Vote } from '../domain/transaction/state';
import type { TransferQuery, TransferRefusal } from '../domain/transfer';
import type { Accounts } from './accounts';
import type { Branch } from './branch';
import { TerminalError } from './faults';
import type { JointMove } from './jointMove';

/** An account as a participant of a transfer: its calls become commands to the account's actor. */
export class AccountBranch implements Branch<TransferQuery, TransferRefusal> {
  constructor(
    private readonly account: AccountId,
    private readonly accounts: Accounts,
  ) {}

  async prepare(
    transactionId: TransactionId,
    { origin, amount }: TransferQuery,
    joint?: JointMove,
  ): Promise<Vote<TransferRefusal>> {
    const type = this.account === origin ? 'PrepareDebit' : 'PrepareCredit';
    const refusal = await this.tell({ type, transactionId, amount }, joint);
    return refusal ? { kind: 'abort', reason: this.reasonFor(refusal) } : { kind: 'commit' };
  }

  async commit(transactionId: TransactionId, joint?: JointMove): Promise<void> {
    this.expectDone(await this.tell({ type: 'CommitBranch', transactionId }, joint));
  }

  async abort(transactionId: TransactionId, _reason: AbortReason<TransferRefusal>, joint?: JointMove): Promise<void> {
    this.expectDone(await this.tell({ type: 'AbortBranch', transactionId }, joint));
  }

  private async tell(command: BranchCommand, joint?: JointMove): Promise<AccountRefusal | undefined> {
    const reply = await this.accounts.of(this.account).ask({ kind: 'branch', command, joint });
    return reply.kind === 'refused' ? reply.refusal : undefined;
  }

  private expectDone(refusal: AccountRefusal | undefined): void {
    if (!refusal) return;
    const detail = refusal.kind === 'protocol-violation' ? refusal.detail : refusal.kind;
    throw new TerminalError(`account ${this.account}: ${detail}`);
  }

  private reasonFor(refusal: AccountRefusal): TransferRefusal {
    const { account } = this;
    switch (refusal.kind) {
      case 'account-not-found':
      case 'balance-limit-exceeded':
      case 'branch-aborted':
        return { kind: refusal.kind, account };
      case 'insufficient-funds':
        return { kind: refusal.kind, account, missing: refusal.missing };
      case 'protocol-violation':
        throw new TerminalError(`account ${account}: ${refusal.detail}`);
      default:
        return assertNever(refusal);
    }
  }
}

import type { AccountCommand, AccountRefusal, BranchCommand } from '../../src/domain/account/commands';
import { decide } from '../../src/domain/account/decide';
import type { AccountEvent } from '../../src/domain/account/events';
import { evolve, evolveBranch } from '../../src/domain/account/evolve';
import { type JournalEntry, journalKindOf } from '../../src/domain/account/journal';
import { type AccountBranchState, EMPTY, type OpenAccount } from '../../src/domain/account/state';
import type { Decision } from '../../src/domain/decision';
import type { AccountId, TransactionId } from '../../src/domain/ids';
import { AMOUNT_MAX } from '../../src/domain/money';

interface Held {
  state: OpenAccount;
  readonly branches: Map<TransactionId, AccountBranchState>;
  readonly journal: JournalEntry[];
}

/** Accounts that are nothing but decide and evolve: what a service is without I/O. Breaks loudly on a broken bound. */
export class Bank {
  private readonly accounts = new Map<AccountId, Held>();

  constructor(ids: readonly AccountId[], balance = 0n) {
    for (const id of ids) {
      this.accounts.set(id, { state: EMPTY, branches: new Map(), journal: [] });
      if (balance > 0n) this.tell(id, { type: 'Deposit', amount: balance });
    }
  }

  tell(id: AccountId, command: AccountCommand): Decision<AccountEvent, AccountRefusal> {
    const account = this.account(id);
    const branch = 'transactionId' in command ? account.branches.get(command.transactionId) : undefined;
    const decision = decide(account.state, branch, command);
    if (decision.kind === 'accepted') for (const event of decision.events) this.apply(account, event);
    return decision;
  }

  /** For calls that a correct coordinator sends after its decision: they may never be refused. */
  mustAccept(id: AccountId, command: BranchCommand): void {
    const decision = this.tell(id, command);
    if (decision.kind === 'refused') throw new Error(`${command.type} was refused: ${decision.refusal.kind}`);
  }

  state(id: AccountId): OpenAccount {
    return this.account(id).state;
  }

  branch(id: AccountId, transactionId: TransactionId): AccountBranchState | undefined {
    return this.account(id).branches.get(transactionId);
  }

  journal(id: AccountId): readonly JournalEntry[] {
    return this.account(id).journal;
  }

  ids(): readonly AccountId[] {
    return [...this.accounts.keys()];
  }

  total(): bigint {
    return [...this.accounts.values()].reduce((sum, { state }) => sum + state.balance, 0n);
  }

  totalHeld(): bigint {
    return [...this.accounts.values()].reduce((sum, { state }) => sum + state.held, 0n);
  }

  totalIncoming(): bigint {
    return [...this.accounts.values()].reduce((sum, { state }) => sum + state.incoming, 0n);
  }

  private apply(account: Held, event: AccountEvent): void {
    const next = evolve(account.state, event);
    if (next.status === 'absent') throw new Error('an open account never becomes absent');
    account.state = next;
    if ('transactionId' in event) account.branches.set(event.transactionId, evolveBranch(event));
    const kind = journalKindOf(event);
    if (kind && 'amount' in event) account.journal.push({ kind, amount: event.amount });
    const { balance, held, incoming } = next;
    if (held < 0n || held > balance) throw new Error(`0 <= held <= balance is broken: ${held} of ${balance}`);
    if (incoming < 0n || balance + incoming > AMOUNT_MAX) throw new Error(`no room for ${incoming} above ${balance}`);
  }

  private account(id: AccountId): Held {
    const account = this.accounts.get(id);
    if (!account) throw new Error(`no account ${id}`);
    return account;
  }
}

import type { AccountCommand, AccountRefusal, BranchCommand } from '../../src/domain/account/commands';
import { type AccountDecision, decide } from '../../src/domain/account/decide';
import { decideBranch } from '../../src/domain/account/decideBranch';
import type { AccountEvent } from '../../src/domain/account/events';
import { evolve } from '../../src/domain/account/evolve';
import {
  ABSENT,
  type AccountBranchState,
  type AccountState,
  type AccountTerms,
  type OpenAccount,
  PLAIN_TERMS,
} from '../../src/domain/account/state';
import type { AccountId, TransactionId } from '../../src/domain/ids';
import { AMOUNT_MAX } from '../../src/domain/money';

interface Held {
  state: AccountState;
  readonly branches: Map<TransactionId, AccountBranchState>;
  readonly journal: AccountEvent[];
}

/** Accounts that are nothing but decide and evolve: what a service is without I/O. Breaks loudly on a broken bound. */
export class Bank {
  private readonly accounts = new Map<AccountId, Held>();

  constructor(
    readonly ids: readonly AccountId[],
    balance = 0n,
    terms: AccountTerms = PLAIN_TERMS,
  ) {
    for (const id of ids) {
      this.accounts.set(id, { state: ABSENT, branches: new Map(), journal: [] });
      this.tell(id, { type: 'Open', terms });
      if (balance > 0n) this.tell(id, { type: 'Deposit', amount: balance });
    }
  }

  tell(id: AccountId, command: AccountCommand): AccountDecision {
    const account = this.account(id);
    const open = [...account.branches.values()].filter(({ state }) => state === 'prepared');
    return this.carryOut(account, decide(account.state, command, open.length));
  }

  ask(id: AccountId, command: BranchCommand): AccountDecision {
    const account = this.account(id);
    const branch = account.branches.get(command.transactionId);
    return this.carryOut(account, decideBranch({ account: account.state, branch }, command));
  }

  /** For calls that a correct coordinator sends after its decision: they may never be refused. */
  mustAccept(id: AccountId, command: BranchCommand): void {
    const decision = this.ask(id, command);
    if (decision.kind === 'refused') throw new Error(`${command.type} was refused: ${decision.refusal.kind}`);
  }

  refusal(id: AccountId, command: BranchCommand): AccountRefusal | undefined {
    const decision = this.ask(id, command);
    return decision.kind === 'refused' ? decision.refusal : undefined;
  }

  state(id: AccountId): OpenAccount {
    const { state } = this.account(id);
    if (state.status !== 'open') throw new Error(`account ${id} is ${state.status}`);
    return state;
  }

  branch(id: AccountId, transactionId: TransactionId): AccountBranchState | undefined {
    return this.account(id).branches.get(transactionId);
  }

  branches(id: AccountId): ReadonlyMap<TransactionId, AccountBranchState> {
    return this.account(id).branches;
  }

  journal(id: AccountId): readonly AccountEvent[] {
    return this.account(id).journal;
  }

  /** One of its three sums over all accounts. */
  total(of: 'balance' | 'held' | 'incoming'): bigint {
    return this.ids.reduce((sum, id) => sum + this.state(id)[of], 0n);
  }

  private carryOut(account: Held, decision: AccountDecision): AccountDecision {
    if (decision.kind === 'refused') return decision;
    for (const event of decision.events) {
      const transactionId = 'transactionId' in event ? event.transactionId : undefined;
      const branch = transactionId === undefined ? undefined : account.branches.get(transactionId);
      const next = evolve({ account: account.state, branch }, event);
      account.state = next.account;
      if (transactionId !== undefined && next.branch) account.branches.set(transactionId, next.branch);
      account.journal.push(event);
    }
    expectBounds(account.state);
    return decision;
  }

  private account(id: AccountId): Held {
    const account = this.accounts.get(id);
    if (!account) throw new Error(`no account ${id}`);
    return account;
  }
}

function expectBounds(state: AccountState): void {
  if (state.status !== 'open') return;
  const { balance, held, incoming, terms } = state;
  if (held < 0n || held > balance + terms.overdraftLimit) throw new Error(`${held} is held of ${balance}`);
  if (held > AMOUNT_MAX || incoming > AMOUNT_MAX) throw new Error(`${held} or ${incoming} is no exact number in JSON`);
  if (incoming < 0n || balance + incoming > AMOUNT_MAX) throw new Error(`no room for ${incoming} above ${balance}`);
}

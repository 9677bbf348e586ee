import type { BranchCommand } from '../../src/domain/account/commands';
import type { AccountReply } from '../../src/engine/accountMessages';
import { Accounts } from '../../src/engine/accounts';
import { MemoryAccountStore, type StoreCall } from '../support/memoryAccountStore';
import { MemoryClock } from '../support/memoryClock';
import { Gate } from '../support/memoryGate';
import { MemoryLog } from '../support/memoryLog';

export const ACCOUNT = 'a';

/** One account in one process: the actors, over a store whose calls a test can hold back. */
export class AccountHarness {
  readonly clock = new MemoryClock();
  readonly log = new MemoryLog();
  readonly accounts: Accounts;
  private keys = 0;

  constructor(
    readonly store = new MemoryAccountStore(),
    limits: { mailboxMax?: number; idleMs?: number } = {},
  ) {
    const { mailboxMax = 10_000, idleMs = 120_000 } = limits;
    this.accounts = new Accounts(store, this.clock, this.log, { mailboxMax, idleMs, actorsMax: 1_000 });
  }

  static withBalance(balance: bigint): AccountHarness {
    const harness = new AccountHarness();
    harness.store.seed(ACCOUNT, balance);
    return harness;
  }

  branch(command: BranchCommand, account = ACCOUNT): Promise<AccountReply> {
    return this.accounts.of(account).ask({ kind: 'branch', command });
  }

  prepareDebit(transactionId: string, amount: bigint): Promise<AccountReply> {
    return this.branch({ type: 'PrepareDebit', transactionId, amount });
  }

  commit(transactionId: string): Promise<AccountReply> {
    return this.branch({ type: 'CommitBranch', transactionId });
  }

  abort(transactionId: string): Promise<AccountReply> {
    return this.branch({ type: 'AbortBranch', transactionId });
  }

  money(
    type: 'Deposit' | 'Withdraw',
    amount: bigint,
    request: { key?: string; fingerprint?: string } = {},
  ): Promise<AccountReply> {
    this.keys += 1;
    const { key = `key-${this.keys}`, fingerprint = `${type} ${amount}` } = request;
    return this.accounts
      .of(ACCOUNT)
      .ask({ kind: 'money', command: { type, amount }, request: { scope: 's', key, fingerprint } });
  }

  /** Makes the writes wait at a gate, before they take effect or after it. */
  holdWrites(where: 'before' | 'after' = 'before'): Gate {
    return this.hold(where, ({ kind }) => kind === 'write');
  }

  holdLoads(where: 'before' | 'after' = 'after'): Gate {
    return this.hold(where, ({ kind }) => kind === 'load');
  }

  /** The entries of each write so far, by event type. */
  written(): readonly (readonly string[])[] {
    return this.store.writes().map(({ entries }) => entries.map(({ event }) => event?.type ?? 'refusal'));
  }

  private hold(where: 'before' | 'after', what: (call: StoreCall) => boolean): Gate {
    const gate = new Gate();
    this.store[where] = (call) => (what(call) ? gate.pass() : Promise.resolve());
    return gate;
  }
}

/** The same account in another process: other actors, one database. */
export function elsewhere(harness: AccountHarness): AccountHarness {
  return new AccountHarness(harness.store);
}

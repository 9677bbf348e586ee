import { Accounts } from '../../src/engine/accounts';
import { OverloadedError } from '../../src/engine/faults';
import { MemoryAccountStore } from '../support/memoryAccountStore';
import { MemoryClock } from '../support/memoryClock';
import { settled } from '../support/memoryGate';
import { MemoryLog } from '../support/memoryLog';
import { ACCOUNT, AccountHarness } from './accountHarness';

describe('the accounts of a process', () => {
  test('keep one live actor for each account that is used', async () => {
    const harness = AccountHarness.withBalance(10n);
    await harness.prepareDebit('t1', 1n);
    await harness.prepareDebit('t2', 1n);
    expect(harness.accounts.of(ACCOUNT)).toBe(harness.accounts.of(ACCOUNT));
    expect(harness.accounts.size).toBe(1);
  });

  test('passivate an actor that had nothing to do for long enough, and start another when it is needed', async () => {
    const harness = AccountHarness.withBalance(10n);
    await harness.prepareDebit('t1', 1n);
    harness.clock.nowMs = 119_999;
    expect(harness.accounts.passivateIdle()).toBe(0);
    harness.clock.nowMs = 120_000;
    expect(harness.accounts.passivateIdle()).toBe(1);
    expect(harness.accounts.size).toBe(0);
    await expect(harness.commit('t1')).resolves.toMatchObject({ kind: 'done' });
    expect(harness.store.account(ACCOUNT)).toMatchObject({ balance: 9n, held: 0n });
  });

  test('make room for new actors by letting go of those that were used longest ago', async () => {
    const accounts = new Accounts(new MemoryAccountStore(), new MemoryClock(), new MemoryLog(), {
      mailboxMax: 10,
      idleMs: 120_000,
      actorsMax: 2,
    });
    const a = accounts.of('a');
    const b = accounts.of('b');
    expect(accounts.of('a')).toBe(a);
    accounts.of('c');
    expect(accounts.size).toBe(2);
    expect(accounts.of('a')).toBe(a);
    expect(accounts.of('b')).not.toBe(b);
  });

  test('never passivate an actor that owes an answer', async () => {
    const harness = AccountHarness.withBalance(10n);
    const gate = harness.holdWrites();
    const prepared = harness.prepareDebit('t1', 1n);
    await settled();
    harness.clock.nowMs = 10_000_000;
    expect(harness.accounts.load).toBe(1);
    expect(harness.accounts.passivateIdle()).toBe(0);
    gate.open();
    await prepared;
    expect(harness.accounts.passivateIdle()).toBe(1);
  });

  test('bound the mailbox of each account', async () => {
    const store = new MemoryAccountStore();
    store.seed(ACCOUNT, 10n);
    const harness = new AccountHarness(store, { mailboxMax: 2 });
    const gate = harness.holdWrites();
    const asks = [harness.prepareDebit('t1', 1n), harness.prepareDebit('t2', 1n)];
    await expect(harness.prepareDebit('t3', 1n)).rejects.toBeInstanceOf(OverloadedError);
    const other = harness.branch({ type: 'AbortBranch', transactionId: 't3' }, 'b');
    gate.open();
    await Promise.all(asks);
    await expect(other).resolves.toMatchObject({ kind: 'done' });
    expect(harness.store.branch(ACCOUNT, 't3')).toBeUndefined();
  });

  test('an account that cannot be read says so to whoever depends on it, and works for the next', async () => {
    const harness = AccountHarness.withBalance(10n);
    await harness.prepareDebit('t0', 1n);
    const gate = harness.holdLoads('before');
    const unreadable = expect(harness.prepareDebit('t1', 20n)).rejects.toThrow('away');
    const next = harness.prepareDebit('t2', 20n);
    await settled();
    gate.failWaiting(new Error('away'));
    await unreadable;
    gate.open();
    await expect(next).resolves.toMatchObject({ kind: 'refused' });
    await expect(harness.prepareDebit('t3', 9n)).resolves.toMatchObject({ kind: 'done' });
  });
});

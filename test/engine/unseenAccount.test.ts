import { AMOUNT_MAX } from '../../src/domain/money';
import { settled } from '../support/memoryGate';
import { AccountHarness } from './accountHarness';

describe('an actor that has seen nothing of its account', () => {
  test('writes at once, without reading first', async () => {
    const harness = AccountHarness.withBalance(10n);
    await expect(harness.prepareDebit('t1', 10n)).resolves.toEqual({ kind: 'done', balance: 10n, held: 10n });
    expect(harness.store.loads()).toEqual([]);
    expect(harness.written()).toEqual([['BranchPrepared']]);
  });

  test.each([
    ['a deposit', (harness: AccountHarness) => harness.money('Deposit', 5n)],
    [
      'an incoming branch',
      (harness: AccountHarness) => harness.branch({ type: 'PrepareCredit', transactionId: 't', amount: 5n }),
    ],
    ['a withdrawal', (harness: AccountHarness) => harness.money('Withdraw', 5n)],
  ])('writes %s at once too', async (_, ask) => {
    const harness = AccountHarness.withBalance(10n);
    await expect(ask(harness)).resolves.toMatchObject({ kind: 'done' });
    expect(harness.store.loads()).toEqual([]);
  });

  test('learns from a write that is left out that there are no funds', async () => {
    const harness = AccountHarness.withBalance(10n);
    await expect(harness.prepareDebit('t1', 11n)).resolves.toEqual({
      kind: 'refused',
      refusal: { kind: 'insufficient-funds', missing: 1n },
    });
    expect(harness.store.account('a')).toMatchObject({ balance: 10n, held: 0n });
    expect(harness.store.branch('a', 't1')).toBeUndefined();
  });

  test('learns from it that there is no account', async () => {
    const harness = new AccountHarness();
    const refused = { kind: 'refused', refusal: { kind: 'account-not-found' } };
    await expect(harness.prepareDebit('t1', 1n)).resolves.toEqual(refused);
    await expect(harness.money('Deposit', 1n)).resolves.toEqual(refused);
    await expect(harness.abort('t1')).resolves.toMatchObject({ kind: 'done' });
    expect(harness.store.branch('a', 't1')).toEqual({ state: 'tombstone' });
  });

  test('refuses only what does not fit of several commands that come at once', async () => {
    const harness = AccountHarness.withBalance(10n);
    const asks = [harness.prepareDebit('t1', 6n), harness.prepareDebit('t2', 6n), harness.prepareDebit('t3', 4n)];
    const replies = await Promise.all(asks);
    expect(replies.map(({ kind }) => kind)).toEqual(['done', 'refused', 'done']);
    expect(harness.store.account('a')).toMatchObject({ balance: 10n, held: 10n });
  });

  test('handles the largest amounts both ways: there it reads', async () => {
    const full = AccountHarness.withBalance(AMOUNT_MAX);
    await expect(full.prepareDebit('t1', AMOUNT_MAX)).resolves.toMatchObject({ kind: 'done', held: AMOUNT_MAX });
    expect(full.store.loads()).toHaveLength(1);
    const empty = AccountHarness.withBalance(0n);
    const credit = { type: 'PrepareCredit', transactionId: 't1', amount: AMOUNT_MAX } as const;
    await expect(empty.branch(credit)).resolves.toMatchObject({ kind: 'done' });
    expect(empty.store.account('a').incoming).toBe(AMOUNT_MAX);
    expect(empty.store.loads()).toHaveLength(1);
  });

  test('knows nothing after a write whose outcome is not known', async () => {
    const harness = AccountHarness.withBalance(10n);
    const gate = harness.holdWrites('after');
    const lost = expect(harness.prepareDebit('t1', 6n)).rejects.toThrow('lost');
    await settled();
    gate.failWaiting(new Error('lost'));
    await lost;
    gate.open();
    await expect(harness.prepareDebit('t2', 6n)).resolves.toMatchObject({ kind: 'refused' });
    await expect(harness.prepareDebit('t1', 6n)).resolves.toMatchObject({ kind: 'done' });
    expect(harness.store.account('a').held).toBe(6n);
  });
});

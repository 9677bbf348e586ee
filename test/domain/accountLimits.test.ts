import { decide } from '../../src/domain/account/decide';
import type { OpenAccount } from '../../src/domain/account/state';
import { AMOUNT_MAX } from '../../src/domain/money';
import { Bank } from './bank';

const open = (state: Partial<OpenAccount>): OpenAccount => ({
  status: 'open',
  balance: 0n,
  held: 0n,
  incoming: 0n,
  ...state,
});
const refused = (refusal: object) => ({ kind: 'refused', refusal });

describe('the limits of an account', () => {
  test('the last unit can be withdrawn and one more is missing', () => {
    const account = open({ balance: 10n, held: 4n });
    expect(decide(account, undefined, { type: 'Withdraw', amount: 6n }).kind).toBe('accepted');
    expect(decide(account, undefined, { type: 'Withdraw', amount: 7n })).toEqual(
      refused({ kind: 'insufficient-funds', missing: 1n }),
    );
  });

  test('what is held cannot be spent twice', () => {
    const bank = new Bank(['a'], 10n);
    bank.mustAccept('a', { type: 'PrepareDebit', transactionId: 't1', amount: 6n });
    expect(bank.tell('a', { type: 'PrepareDebit', transactionId: 't2', amount: 6n })).toEqual(
      refused({ kind: 'insufficient-funds', missing: 2n }),
    );
    expect(bank.tell('a', { type: 'Withdraw', amount: 5n })).toEqual(
      refused({ kind: 'insufficient-funds', missing: 1n }),
    );
  });

  test('a balance may reach the limit and not pass it', () => {
    const account = open({ balance: AMOUNT_MAX - 1n });
    expect(decide(account, undefined, { type: 'Deposit', amount: 1n }).kind).toBe('accepted');
    expect(decide(account, undefined, { type: 'Deposit', amount: 2n })).toEqual(
      refused({ kind: 'balance-limit-exceeded' }),
    );
  });

  test('an incoming prepare counts what is already promised, so that no commit meets the limit', () => {
    const account = open({ balance: AMOUNT_MAX - 10n, incoming: 6n });
    const credit = (amount: bigint) =>
      decide(account, undefined, { type: 'PrepareCredit', transactionId: 't', amount });
    expect(credit(4n).kind).toBe('accepted');
    expect(credit(5n)).toEqual(refused({ kind: 'balance-limit-exceeded' }));
  });

  test('a deposit leaves the room that prepared credits were promised', () => {
    const bank = new Bank(['a'], AMOUNT_MAX - 10n);
    bank.mustAccept('a', { type: 'PrepareCredit', transactionId: 't', amount: 10n });
    expect(bank.tell('a', { type: 'Deposit', amount: 1n })).toEqual(refused({ kind: 'balance-limit-exceeded' }));
    bank.mustAccept('a', { type: 'CommitBranch', transactionId: 't' });
    expect(bank.state('a').balance).toBe(AMOUNT_MAX);
  });

  test('a pending debit makes no room for a credit, because it may still be aborted', () => {
    const bank = new Bank(['a'], AMOUNT_MAX);
    bank.mustAccept('a', { type: 'PrepareDebit', transactionId: 't1', amount: 10n });
    expect(bank.tell('a', { type: 'PrepareCredit', transactionId: 't2', amount: 1n })).toEqual(
      refused({ kind: 'balance-limit-exceeded' }),
    );
  });

  test.each([
    ['Deposit', { type: 'Deposit', amount: 1n }],
    ['Withdraw', { type: 'Withdraw', amount: 1n }],
  ] as const)('%s on an absent account is refused', (_, command) => {
    expect(decide({ status: 'absent' }, undefined, command)).toEqual(refused({ kind: 'account-not-found' }));
  });
});

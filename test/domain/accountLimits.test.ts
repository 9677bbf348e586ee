import type { AccountCommand, BranchCommand } from '../../src/domain/account/commands';
import { decide as decideWith } from '../../src/domain/account/decide';
import {
  type AccountState,
  type AccountTerms,
  EMPTY,
  type OpenAccount,
  PLAIN_TERMS,
} from '../../src/domain/account/state';
import { AMOUNT_MAX } from '../../src/domain/money';
import { Bank } from './bank';

const open = (state: Partial<OpenAccount>, terms: Partial<AccountTerms> = {}): OpenAccount => ({
  ...EMPTY,
  ...state,
  terms: { ...PLAIN_TERMS, ...terms },
});
const decide = (account: AccountState, command: AccountCommand) => decideWith(account, command, 0);
const refused = (refusal: object) => ({ kind: 'refused', refusal });
const pay = (transactionId: string, held: bigint): BranchCommand => ({
  type: 'Prepare',
  transactionId,
  promised: { held, incoming: 0n, arrivingMax: 0n },
});
const receive = (transactionId: string, incoming: bigint): BranchCommand => ({
  type: 'Prepare',
  transactionId,
  promised: { held: 0n, incoming, arrivingMax: incoming },
});
const commitIncome = (transactionId: string, amount: bigint): BranchCommand => ({
  type: 'Commit',
  transactionId,
  lines: [{ direction: 'in', amount, posting: 0 }],
});

describe('the limits of an account', () => {
  test('the last unit can be withdrawn and one more is missing', () => {
    const account = open({ balance: 10n, held: 4n });
    expect(decide(account, { type: 'Withdraw', amount: 6n }).kind).toBe('accepted');
    expect(decide(account, { type: 'Withdraw', amount: 7n })).toEqual(
      refused({ kind: 'insufficient-funds', missing: 1n }),
    );
  });

  test('what is held cannot be spent twice', () => {
    const bank = new Bank(['a'], 10n);
    bank.mustAccept('a', pay('t1', 6n));
    expect(bank.refusal('a', pay('t2', 6n))).toEqual({ kind: 'insufficient-funds', missing: 2n });
    expect(bank.tell('a', { type: 'Withdraw', amount: 5n })).toEqual(
      refused({ kind: 'insufficient-funds', missing: 1n }),
    );
  });

  test('a balance may reach the limit and not pass it', () => {
    const account = open({ balance: AMOUNT_MAX - 1n });
    expect(decide(account, { type: 'Deposit', amount: 1n }).kind).toBe('accepted');
    expect(decide(account, { type: 'Deposit', amount: 2n })).toEqual(refused({ kind: 'balance-limit-exceeded' }));
  });

  test('a prepare counts what is already promised, so that no commit meets the limit', () => {
    const bank = new Bank(['a'], AMOUNT_MAX - 10n);
    bank.mustAccept('a', receive('t1', 6n));
    expect(bank.refusal('a', receive('t2', 5n))).toEqual({ kind: 'balance-limit-exceeded' });
    bank.mustAccept('a', receive('t3', 4n));
  });

  test('a deposit leaves the room that prepared credits were promised', () => {
    const bank = new Bank(['a'], AMOUNT_MAX - 10n);
    bank.mustAccept('a', receive('t', 10n));
    expect(bank.tell('a', { type: 'Deposit', amount: 1n })).toEqual(refused({ kind: 'balance-limit-exceeded' }));
    bank.mustAccept('a', commitIncome('t', 10n));
    expect(bank.state('a').balance).toBe(AMOUNT_MAX);
  });

  test('a pending debit makes no room for a credit, because it may still be aborted', () => {
    const bank = new Bank(['a'], AMOUNT_MAX);
    bank.mustAccept('a', pay('t1', 10n));
    expect(bank.refusal('a', receive('t2', 1n))).toEqual({ kind: 'balance-limit-exceeded' });
  });

  test('a balance may go below zero by the overdraft limit and no further', () => {
    const account = open({ balance: 10n }, { overdraftLimit: 5n });
    expect(decide(account, { type: 'Withdraw', amount: 15n }).kind).toBe('accepted');
    expect(decide(account, { type: 'Withdraw', amount: 16n })).toEqual(
      refused({ kind: 'insufficient-funds', missing: 1n }),
    );
  });

  test('an overdraft limit that the account has used cannot be taken away', () => {
    const account = open({ balance: -3n, held: 2n }, { overdraftLimit: 5n });
    const change = (overdraftLimit: bigint) => decide(account, { type: 'ChangeTerms', change: { overdraftLimit } });
    expect(change(4n)).toEqual(refused({ kind: 'insufficient-funds', missing: 1n }));
    expect(change(5n).kind).toBe('accepted');
  });

  test('a prepare for another currency than that of the account is refused', () => {
    const bank = new Bank(['a'], 10n, { ...PLAIN_TERMS, currency: 'EUR' });
    const inCurrency = (transactionId: string, currency: string): BranchCommand => ({
      type: 'Prepare',
      transactionId,
      promised: { held: 1n, incoming: 0n, arrivingMax: 0n, currency: { code: currency } },
    });
    expect(bank.refusal('a', inCurrency('t1', 'USD'))).toEqual({ kind: 'currency-mismatch', currency: 'EUR' });
    bank.mustAccept('a', inCurrency('t2', 'EUR'));
    bank.mustAccept('a', pay('t3', 1n));
  });

  test('an account whose debits are frozen still receives, one that is frozen does neither', () => {
    const bank = new Bank(['a'], 10n);
    bank.tell('a', { type: 'ChangeTerms', change: { frozen: 'debits' } });
    expect(bank.refusal('a', pay('t1', 1n))).toEqual({ kind: 'account-frozen', frozen: 'debits' });
    expect(bank.refusal('a', receive('t2', 1n))).toBeUndefined();
    bank.tell('a', { type: 'ChangeTerms', change: { frozen: 'all' } });
    expect(bank.refusal('a', receive('t3', 1n))).toEqual({ kind: 'account-frozen', frozen: 'all' });
    expect(bank.tell('a', { type: 'Deposit', amount: 1n })).toEqual(refused({ kind: 'account-frozen', frozen: 'all' }));
    bank.mustAccept('a', commitIncome('t2', 1n));
  });

  test('an account is closed only when it is empty and owes nothing, and refuses everything then', () => {
    const bank = new Bank(['a']);
    bank.mustAccept('a', receive('t', 1n));
    expect(bank.tell('a', { type: 'Close' })).toEqual(refused({ kind: 'account-not-empty' }));
    bank.mustAccept('a', { type: 'Abort', transactionId: 't' });
    // It pays as much as it receives: nothing is held, and both lines are still to be written.
    bank.mustAccept('a', pay('through', 0n));
    expect(bank.tell('a', { type: 'Close' })).toEqual(refused({ kind: 'account-not-empty' }));
    bank.mustAccept('a', { type: 'Abort', transactionId: 'through' });
    expect(bank.tell('a', { type: 'Close' }).kind).toBe('accepted');
    for (const command of [{ type: 'Deposit', amount: 1n }, { type: 'Close' }] as const) {
      expect(bank.tell('a', command)).toEqual(refused({ kind: 'account-closed' }));
    }
    expect(bank.tell('a', { type: 'Open', terms: PLAIN_TERMS })).toEqual(refused({ kind: 'account-already-exists' }));
  });

  test.each([
    { type: 'Deposit', amount: 1n },
    { type: 'Withdraw', amount: 1n },
    { type: 'Close' },
    { type: 'ChangeTerms', change: {} },
  ] as const)('$type on an absent account is refused', (command) => {
    expect(decide({ status: 'absent' }, command)).toEqual(refused({ kind: 'account-not-found' }));
  });
});

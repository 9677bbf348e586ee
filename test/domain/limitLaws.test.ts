import * as fc from 'fast-check';
import type { AccountCommand } from '../../src/domain/account/commands';
import { AMOUNT_MAX } from '../../src/domain/money';
import { Bank } from './bank';

const amount = fc.oneof(fc.bigInt({ min: 1n, max: 9n }), fc.bigInt({ min: AMOUNT_MAX / 4n, max: AMOUNT_MAX }));
const transactionId = fc.nat(8).map((n) => `t${n}`);

/** Every command in any order, those that no correct coordinator sends included. */
const commands: fc.Arbitrary<AccountCommand> = fc.oneof(
  fc.record({ type: fc.constant('Deposit' as const), amount }),
  fc.record({ type: fc.constant('Withdraw' as const), amount }),
  fc.record({ type: fc.constant('PrepareDebit' as const), transactionId, amount }),
  fc.record({ type: fc.constant('PrepareCredit' as const), transactionId, amount }),
  fc.record({ type: fc.constant('CommitBranch' as const), transactionId }),
  fc.record({ type: fc.constant('AbortBranch' as const), transactionId }),
);

describe('whatever an account is told, near the limit of a balance too', () => {
  test('0 <= held <= balance and balance + incoming <= AMOUNT_MAX', () => {
    fc.assert(
      fc.property(fc.array(commands, { maxLength: 80 }), (script) => {
        const bank = new Bank(['a']);
        for (const command of script) bank.tell('a', command);
        const { balance, held, incoming } = bank.state('a');
        expect(held >= 0n && held <= balance).toBe(true);
        expect(incoming >= 0n && balance + incoming <= AMOUNT_MAX).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test('every prepared branch can commit, in any order and whatever happens in between', () => {
    fc.assert(
      fc.property(fc.array(commands, { maxLength: 60 }), fc.array(commands, { maxLength: 20 }), (script, between) => {
        const bank = new Bank(['a']);
        for (const command of script) bank.tell('a', command);
        const prepared = Array.from({ length: 9 }, (_, n) => `t${n}`).filter(
          (id) => bank.branch('a', id)?.state === 'prepared',
        );
        for (const id of prepared) {
          for (const command of between) if (!('transactionId' in command)) bank.tell('a', command);
          bank.mustAccept('a', { type: 'CommitBranch', transactionId: id });
          expect(bank.branch('a', id)?.state).toBe('committed');
        }
      }),
      { numRuns: 300 },
    );
  });

  test('a final branch never changes again', () => {
    fc.assert(
      fc.property(fc.array(commands, { maxLength: 120 }), (script) => {
        const bank = new Bank(['a']);
        const ends = new Map<string, string>();
        for (const command of script) {
          bank.tell('a', command);
          for (let n = 0; n <= 8; n += 1) {
            const state = bank.branch('a', `t${n}`)?.state;
            const end = ends.get(`t${n}`);
            if (end) expect(state).toBe(end);
            else if (state && state !== 'prepared') ends.set(`t${n}`, state);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  test('a refusal changes nothing', () => {
    fc.assert(
      fc.property(fc.array(commands, { maxLength: 60 }), (script) => {
        const bank = new Bank(['a']);
        for (const command of script) {
          const before = bank.state('a');
          const entries = bank.journal('a').length;
          if (bank.tell('a', command).kind === 'refused') {
            expect(bank.state('a')).toBe(before);
            expect(bank.journal('a')).toHaveLength(entries);
          }
        }
      }),
    );
  });
});

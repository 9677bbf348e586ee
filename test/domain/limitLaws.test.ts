import * as fc from 'fast-check';
import type { AccountCommand, BranchCommand } from '../../src/domain/account/commands';
import { available } from '../../src/domain/account/state';
import { AMOUNT_MAX } from '../../src/domain/money';
import { linesOf, promiseOf, type TransferQuery } from '../../src/domain/transfer';
import { Bank } from './bank';

const amount = fc.oneof(fc.bigInt(1n, 9n), fc.bigInt(AMOUNT_MAX / 4n, AMOUNT_MAX));
const IDS = Array.from({ length: 9 }, (_, n) => `t${n}`);

/** What each transaction asks of the account, the same however often it asks: any postings, to and from it. */
const queries: fc.Arbitrary<TransferQuery[]> = fc.array(
  fc
    .array(fc.record({ isOut: fc.boolean(), amount }), { minLength: 1, maxLength: 4 })
    .map((lines) =>
      lines.map((line) => ({
        origin: line.isOut ? 'a' : 'other',
        destination: line.isOut ? 'other' : 'a',
        amount: line.amount,
      })),
    )
    .chain((postings) =>
      fc.boolean().map((isManual): TransferQuery => ({ postings, ...(isManual && { capture: 'manual' }) })),
    ),
  { minLength: IDS.length, maxLength: IDS.length },
);

const own: fc.Arbitrary<AccountCommand> = fc.oneof(
  fc.record({ type: fc.constantFrom('Deposit' as const, 'Withdraw' as const), amount }),
  fc.record({
    type: fc.constant('ChangeTerms' as const),
    change: fc.oneof(
      fc.record({ frozen: fc.constantFrom(undefined, 'debits' as const, 'all' as const) }),
      fc.record({ overdraftLimit: fc.oneof(fc.bigInt(0n, 9n), fc.bigInt(0n, AMOUNT_MAX)) }),
    ),
  }),
);
const calls = fc.record({
  call: fc.constantFrom('Prepare', 'Prepare', 'Commit', 'Abort'),
  transaction: fc.nat(IDS.length - 1),
});
/** Every command in any order, those that no correct coordinator sends included. */
const scripts = fc.array(fc.oneof(own, calls), { maxLength: 80 });

const world = fc.record({ queries, script: scripts, between: fc.array(own, { maxLength: 20 }) });
type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

const id = (transaction: number) => `t${transaction}`;

function branchCommand(asked: readonly TransferQuery[], call: string, transaction: number): BranchCommand {
  const query = asked[transaction] ?? { postings: [] };
  const transactionId = id(transaction);
  if (call === 'Prepare') return { type: 'Prepare', transactionId, promised: promiseOf(query, 'a') };
  return call === 'Commit'
    ? { type: 'Commit', transactionId, lines: linesOf(query, 'a') }
    : { type: 'Abort', transactionId };
}

function run(
  { queries: asked, script }: World,
  each: (bank: Bank, isRefused: boolean) => void = () => undefined,
): Bank {
  const bank = new Bank(['a']);
  for (const one of script) {
    const decision =
      'call' in one ? bank.ask('a', branchCommand(asked, one.call, one.transaction)) : bank.tell('a', one);
    each(bank, decision.kind === 'refused');
  }
  return bank;
}

describe('whatever an account is told, near the limits too', () => {
  test('0 <= held <= balance + overdraft, balance + incoming <= AMOUNT_MAX, and no amount is above AMOUNT_MAX', () => {
    // The bank throws after the first command that breaks one of them.
    fc.assert(
      fc.property(world, (drawn) => void run(drawn)),
      { numRuns: 500 },
    );
  });

  test('every prepared branch can commit, in any order and whatever happens in between', () => {
    fc.assert(
      fc.property(world, (drawn) => {
        const bank = run(drawn);
        const prepared = IDS.map((_, n) => n).filter((n) => bank.branch('a', id(n))?.state === 'prepared');
        for (const transaction of prepared) {
          for (const command of drawn.between) bank.tell('a', command);
          bank.mustAccept('a', branchCommand(drawn.queries, 'Commit', transaction));
          expect(bank.branch('a', id(transaction))?.state).toBe('committed');
        }
      }),
      { numRuns: 300 },
    );
  });

  test('a branch that ended never changes again', () => {
    fc.assert(
      fc.property(world, (drawn) => {
        const ends = new Map<string, string>();
        run(drawn, (bank) => {
          for (const transactionId of IDS) {
            const state = bank.branch('a', transactionId)?.state;
            const end = ends.get(transactionId);
            if (end) expect(state).toBe(end);
            else if (state && state !== 'prepared') ends.set(transactionId, state);
          }
        });
      }),
      { numRuns: 300 },
    );
  });

  test('a refusal changes nothing', () => {
    fc.assert(
      fc.property(world, (drawn) => {
        let entries = 1;
        run(drawn, (bank, isRefused) => {
          if (isRefused) expect(bank.journal('a')).toHaveLength(entries);
          entries = bank.journal('a').length;
        });
      }),
    );
  });

  test('a prepare takes exactly its hold out of what is available, an abort gives exactly that back', () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt(1n, 9n), { minLength: 1, maxLength: 40 }), (amounts) => {
        const bank = new Bank(['a'], 400n);
        const before = bank.state('a');
        let left = available(before);
        amounts.forEach((held, n) => {
          const promised = { held, incoming: 0n, arrivingMax: 0n };
          bank.mustAccept('a', { type: 'Prepare', transactionId: id(n), promised });
          left -= held;
          expect(available(bank.state('a'))).toBe(left);
        });
        for (const n of amounts.keys()) bank.mustAccept('a', { type: 'Abort', transactionId: id(n) });
        expect(bank.state('a')).toEqual(before);
      }),
    );
  });
});

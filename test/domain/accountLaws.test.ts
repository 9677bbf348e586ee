import * as fc from 'fast-check';
import { replay } from '../../src/domain/account/journal';
import { available } from '../../src/domain/account/state';
import { Bank } from './bank';
import { Coordinated, deliveries, transfersBetween } from './coordinated';

const ACCOUNTS = ['a', 'b', 'c', 'd'];
const FUNDS = 100n;
const TRANSFERS = 12;

const load = fc.record({
  transfers: transfersBetween(ACCOUNTS, TRANSFERS),
  deliveries: deliveries(TRANSFERS),
  after: deliveries(TRANSFERS),
});

/** The bank keeps its own bounds at every event: a law that is broken anywhere throws there. */
describe('however deliveries repeat, reorder or come late', () => {
  test('all branches of a transaction reach its one outcome and nothing stays held', () => {
    fc.assert(
      fc.property(load, ({ transfers, deliveries: script, after }) => {
        const bank = new Bank(ACCOUNTS, FUNDS);
        const coordinated = new Coordinated(bank, transfers);
        for (const delivery of script) coordinated.deliver(delivery);
        coordinated.settle();
        for (const delivery of after) coordinated.deliver(delivery);

        for (const { id, origin, destination } of transfers) {
          const ends = [bank.branch(origin, id)?.state, bank.branch(destination, id)?.state];
          if (coordinated.decisions.get(id) === 'commit') expect(ends).toEqual(['committed', 'committed']);
          else for (const end of ends) expect(['aborted', 'tombstone']).toContain(end);
        }
        expect(bank.totalHeld()).toBe(0n);
        expect(bank.totalIncoming()).toBe(0n);
      }),
      { numRuns: 500 },
    );
  });

  test('money is conserved: balances change by exactly the committed transfers', () => {
    fc.assert(
      fc.property(load, ({ transfers, deliveries: script }) => {
        const bank = new Bank(ACCOUNTS, FUNDS);
        const coordinated = new Coordinated(bank, transfers);
        for (const delivery of script) coordinated.deliver(delivery);
        coordinated.settle();

        expect(bank.total()).toBe(FUNDS * BigInt(ACCOUNTS.length));
        for (const account of ACCOUNTS) {
          const moved = transfers
            .filter(({ id }) => coordinated.decisions.get(id) === 'commit')
            .reduce((sum, { origin, destination, amount }) => {
              if (origin === account) return sum - amount;
              return destination === account ? sum + amount : sum;
            }, 0n);
          expect(bank.state(account).balance).toBe(FUNDS + moved);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('while transfers are pending, balances and what is decided but not applied add up', () => {
    fc.assert(
      fc.property(load, ({ transfers, deliveries: script }) => {
        const bank = new Bank(ACCOUNTS, FUNDS);
        const coordinated = new Coordinated(bank, transfers);
        for (const delivery of script) {
          coordinated.deliver(delivery);
          const straddling = transfers.reduce((sum, { id, origin, destination, amount }) => {
            const out = bank.branch(origin, id)?.state === 'committed' ? amount : 0n;
            const into = bank.branch(destination, id)?.state === 'committed' ? amount : 0n;
            return sum + out - into;
          }, 0n);
          expect(bank.total() + straddling).toBe(FUNDS * BigInt(ACCOUNTS.length));
        }
      }),
      { numRuns: 200 },
    );
  });

  test('the hold of an account is the sum of its prepared debits at every moment', () => {
    fc.assert(
      fc.property(load, ({ transfers, deliveries: script }) => {
        const bank = new Bank(ACCOUNTS, FUNDS);
        const coordinated = new Coordinated(bank, transfers);
        for (const delivery of script) {
          coordinated.deliver(delivery);
          for (const account of ACCOUNTS) {
            const prepared = (side: 'origin' | 'destination') =>
              transfers
                .filter((transfer) => transfer[side] === account)
                .filter(({ id }) => bank.branch(account, id)?.state === 'prepared')
                .reduce((sum, { amount }) => sum + amount, 0n);
            expect(bank.state(account).held).toBe(prepared('origin'));
            expect(bank.state(account).incoming).toBe(prepared('destination'));
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  test('replaying the journal of an account gives its balance and its hold', () => {
    fc.assert(
      fc.property(load, ({ transfers, deliveries: script }) => {
        const bank = new Bank(ACCOUNTS, FUNDS);
        const coordinated = new Coordinated(bank, transfers);
        for (const delivery of script) coordinated.deliver(delivery);
        for (const account of ACCOUNTS) {
          const { balance, held } = replay(bank.journal(account));
          expect({ balance, held }).toEqual({ balance: bank.state(account).balance, held: bank.state(account).held });
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('pending transfers', () => {
  const amounts = fc.array(fc.bigInt({ min: 1n, max: 9n }), { minLength: 1, maxLength: 40 });

  test('an account takes part in any number of incoming and outgoing transfers at once, and all of them commit', () => {
    fc.assert(
      fc.property(amounts, amounts, fc.infiniteStream(fc.nat()), (outgoing, incoming, picks) => {
        const spent = outgoing.reduce((sum, amount) => sum + amount, 0n);
        const received = incoming.reduce((sum, amount) => sum + amount, 0n);
        const bank = new Bank(['a'], spent);
        outgoing.forEach((amount, n) => {
          bank.mustAccept('a', { type: 'PrepareDebit', transactionId: `out${n}`, amount });
        });
        incoming.forEach((amount, n) => {
          bank.mustAccept('a', { type: 'PrepareCredit', transactionId: `in${n}`, amount });
        });
        expect(bank.state('a')).toEqual({ status: 'open', balance: spent, held: spent, incoming: received });
        const open = [...outgoing.map((_, n) => `out${n}`), ...incoming.map((_, n) => `in${n}`)];
        while (open.length > 0) {
          const [id] = open.splice((picks.next().value ?? 0) % open.length, 1);
          bank.mustAccept('a', { type: 'CommitBranch', transactionId: id ?? '' });
        }
        expect(bank.state('a')).toEqual({ status: 'open', balance: received, held: 0n, incoming: 0n });
      }),
    );
  });

  test('a prepare takes exactly its amount out of what is available, an abort gives exactly that back', () => {
    fc.assert(
      fc.property(amounts, (outgoing) => {
        const bank = new Bank(['a'], 400n);
        const before = bank.state('a');
        let left = available(before);
        outgoing.forEach((amount, n) => {
          bank.mustAccept('a', { type: 'PrepareDebit', transactionId: `t${n}`, amount });
          left -= amount;
          expect(available(bank.state('a'))).toBe(left);
        });
        outgoing.forEach((_, n) => {
          bank.mustAccept('a', { type: 'AbortBranch', transactionId: `t${n}` });
        });
        expect(bank.state('a')).toEqual(before);
      }),
    );
  });
});

import * as fc from 'fast-check';
import type { AccountEvent } from '../../src/domain/account/events';
import { replay } from '../../src/domain/account/evolve';
import type { AccountId } from '../../src/domain/ids';
import { branchesOf, linesOf, promiseOf, type TransferQuery } from '../../src/domain/transfer';
import { Bank } from './bank';
import { Coordinated, type Delivery, deliveries, disturbances, type Transfer, transfersBetween } from './coordinated';

const ACCOUNTS = ['a', 'b', 'c', 'd'];
const FUNDS = 100n;
const TRANSFERS = 8;

const load = fc.record({
  transfers: transfersBetween(ACCOUNTS, TRANSFERS),
  script: deliveries(TRANSFERS),
  disturbances: disturbances(ACCOUNTS),
  after: deliveries(TRANSFERS),
});
type Load = typeof load extends fc.Arbitrary<infer T> ? T : never;

interface Run {
  readonly bank: Bank;
  readonly coordinated: Coordinated;
  /** What deposits and withdrawals that were accepted added. */
  readonly paidIn: ReadonlyMap<AccountId, bigint>;
}

/** Deliveries and what else is done to the accounts take turns. The bank keeps its bounds after every command. */
function run({ transfers, script, disturbances: others }: Load, each: (run: Run) => void = () => undefined): Run {
  const bank = new Bank(ACCOUNTS, FUNDS);
  const coordinated = new Coordinated(bank, transfers);
  const paidIn = new Map(ACCOUNTS.map((account) => [account, FUNDS]));
  const now: Run = { bank, coordinated, paidIn };
  script.forEach((delivery: Delivery, turn: number) => {
    coordinated.deliver(delivery);
    const other = others[turn];
    if (other && bank.tell(other.account, other.command).kind === 'accepted') {
      const { command, account } = other;
      const sign = command.type === 'Deposit' ? 1n : command.type === 'Withdraw' ? -1n : 0n;
      const amount = 'amount' in command ? command.amount : 0n;
      paidIn.set(account, (paidIn.get(account) ?? 0n) + sign * amount);
    }
    each(now);
  });
  return now;
}

const eventsOf = (bank: Bank, account: AccountId, id: string): readonly AccountEvent[] =>
  bank.journal(account).filter((event) => 'transactionId' in event && event.transactionId === id);

const branches = (transfers: readonly Transfer[]) =>
  transfers.flatMap((transfer) => branchesOf(transfer.query).branches.map((account) => ({ ...transfer, account })));

const law = (text: string, numRuns: number, check: (drawn: Load) => void): void => {
  test(text, () => fc.assert(fc.property(load, check), { numRuns }));
};

describe('however deliveries repeat, reorder or come late, frozen accounts and new terms among them', () => {
  law('all branches of a transaction reach its one outcome and nothing stays held', 400, (drawn) => {
    const { bank, coordinated } = run(drawn);
    coordinated.finishAll();
    for (const delivery of drawn.after) coordinated.deliver(delivery);
    drawn.transfers.forEach(({ id, query }, index) => {
      const { status } = coordinated.state(index);
      expect(['committed', 'aborted']).toContain(status);
      for (const account of branchesOf(query).branches) expect(bank.branch(account, id)?.state).toBe(status);
    });
    expect([bank.total('held'), bank.total('incoming')]).toEqual([0n, 0n]);
  });

  law('money is conserved: balances change by exactly what was paid in and what was committed', 300, (drawn) => {
    const { bank, coordinated, paidIn } = run(drawn);
    coordinated.finishAll();
    expect(bank.total('balance')).toBe([...paidIn.values()].reduce((sum, amount) => sum + amount, 0n));
    for (const account of ACCOUNTS) {
      const moved = drawn.transfers
        .map((_, index) => coordinated.state(index))
        .filter(({ status }) => status === 'committed')
        .flatMap(({ query }) => linesOf(query, account))
        .reduce((sum, { direction, amount }) => (direction === 'in' ? sum + amount : sum - amount), 0n);
      expect(bank.state(account).balance).toBe((paidIn.get(account) ?? 0n) + moved);
    }
  });

  law('an account holds, and reserves room for, exactly what its prepared branches promised', 150, (drawn) => {
    run(drawn, ({ bank }) => {
      for (const account of ACCOUNTS) {
        const promises = drawn.transfers
          .filter(({ id }) => bank.branch(account, id)?.state === 'prepared')
          .map(({ query }) => promiseOf(query, account));
        const { held, incoming } = bank.state(account);
        expect(held).toBe(promises.reduce((sum, promise) => sum + promise.held, 0n));
        expect(incoming).toBe(promises.reduce((sum, promise) => sum + promise.incoming, 0n));
      }
    });
  });

  law('replaying the journal of an account gives its state and every branch', 200, (drawn) => {
    const { bank } = run(drawn);
    for (const account of ACCOUNTS) {
      const replayed = replay(bank.journal(account));
      expect(replayed.account).toEqual(bank.state(account));
      expect(replayed.branches).toEqual(bank.branches(account));
    }
  });

  law('whatever way a branch ends, each hold and each expectation is given up exactly once', 300, (drawn) => {
    const { bank, coordinated } = run(drawn);
    coordinated.finishAll();
    for (const { id, account } of branches(drawn.transfers)) {
      const sums = { hold: 0n, expect: 0n, spent: 0n, received: 0n };
      const count = { promised: 0, ended: 0 };
      for (const event of eventsOf(bank, account, id)) {
        if (event.kind === 'hold' || event.kind === 'expect') sums[event.kind] += event.amount;
        if (event.kind === 'spend') sums.spent += event.promised;
        if (event.kind === 'receive') sums.received += event.promised;
        if (event.kind === 'release') sums.spent += event.amount;
        if (event.kind === 'cancel') sums.received += event.amount;
        if (event.kind === 'hold' || event.kind === 'expect') count.promised += 1;
        if (event.kind === 'release' || event.kind === 'cancel') count.ended += 1;
      }
      expect([sums.spent, sums.received]).toEqual([sums.hold, sums.expect]);
      if (bank.branch(account, id)?.state === 'aborted') expect(count.ended).toBe(count.promised);
    }
  });

  law('no room is reserved with an account that only receives before every payer has promised', 300, (drawn) => {
    const { bank } = run(drawn);
    for (const { id, query } of drawn.transfers) {
      const { branches: accounts, askedFirst } = branchesOf(query);
      const asked = accounts.slice(askedFirst).flatMap((account) => eventsOf(bank, account, id));
      if (!asked.some(({ kind }) => kind === 'expect')) continue;
      for (const payer of accounts.slice(0, askedFirst)) {
        expect(eventsOf(bank, payer, id).map(({ kind }) => kind)).toContain('hold');
      }
    }
  });

  law('a capture moves of each posting what it says, never more than was authorized', 300, (drawn) => {
    const { bank, coordinated } = run(drawn);
    coordinated.finishAll();
    drawn.transfers.forEach(({ id, query }, index) => {
      const end = coordinated.state(index);
      query.postings.forEach(({ origin, destination, amount }, posting) => {
        const moved = (account: AccountId, kind: 'spend' | 'receive') =>
          eventsOf(bank, account, id).flatMap((event) =>
            event.kind === kind && event.posting === posting ? [event.amount] : [],
          );
        const asked = end.query.captured?.[posting] ?? amount;
        const expected = end.status === 'committed' ? [asked] : [];
        expect([moved(origin, 'spend'), moved(destination, 'receive')]).toEqual([expected, expected]);
        expect(asked <= amount).toBe(true);
      });
    });
  });

  law('what expired, was voided or refused moves nothing, and what was captured is never given back', 300, (drawn) => {
    const ends = new Map<number, string>();
    const { bank, coordinated } = run(drawn, (now) => {
      drawn.transfers.forEach((_, index) => {
        const { status } = now.coordinated.state(index);
        if (status !== 'committing' && status !== 'aborting') return;
        const decided = ends.get(index) ?? status;
        expect(status).toBe(decided);
        ends.set(index, decided);
      });
    });
    coordinated.finishAll();
    for (const delivery of drawn.after) coordinated.deliver(delivery);
    drawn.transfers.forEach(({ id, query }, index) => {
      const { status } = coordinated.state(index);
      if (ends.has(index)) expect(status).toBe(ends.get(index) === 'committing' ? 'committed' : 'aborted');
      const kinds = branchesOf(query).branches.flatMap((account) =>
        eventsOf(bank, account, id).map(({ kind }) => kind),
      );
      const forbidden = status === 'committed' ? ['release', 'cancel', 'tombstone'] : ['spend', 'receive'];
      expect(kinds.filter((kind) => forbidden.includes(kind))).toEqual([]);
    });
  });
});

describe('the accounts of a transfer', () => {
  test('are each asked once, those that pay before those that only receive', () => {
    fc.assert(
      fc.property(transfersBetween(ACCOUNTS, 1), ([transfer]) => {
        const { query } = transfer ?? { query: { postings: [] } };
        const { branches: accounts, askedFirst } = branchesOf(query);
        const parties = new Set(query.postings.flatMap(({ origin, destination }) => [origin, destination]));
        expect(new Set(accounts)).toEqual(parties);
        expect(accounts).toHaveLength(parties.size);
        expect(askedFirst).toBeGreaterThan(0);
        accounts.forEach((account, index) => {
          const { held, incoming } = promiseOf(query, account);
          if (index >= askedFirst) expect([held, incoming > 0n]).toEqual([0n, true]);
          else expect(held > 0n || incoming === 0n).toBe(true);
        });
      }),
      { numRuns: 250 },
    );
  });

  test('promise together as much as they hold together, unless the capture is still open', () => {
    fc.assert(
      fc.property(transfersBetween(ACCOUNTS, 1), ([transfer]) => {
        const query = transfer?.query ?? { postings: [] };
        const promises = branchesOf(query).branches.map((account) => promiseOf(query, account));
        const held = promises.reduce((sum, promise) => sum + promise.held, 0n);
        expect(promises.reduce((sum, promise) => sum + promise.incoming, 0n)).toBe(held);
        const gross = query.postings.reduce((sum, { amount }) => sum + amount, 0n);
        if (query.capture === 'manual') expect(held).toBe(gross);
        else expect(held <= gross).toBe(true);
      }),
    );
  });

  test('come to the same outcome, for the same reasons, in every order of the postings', () => {
    const terms = fc.record({
      overdraftLimit: fc.constantFrom(0n, 50n),
      frozen: fc.constantFrom(undefined, undefined, undefined, 'debits' as const, 'all' as const),
      balance: fc.bigInt(0n, 120n),
    });
    const drawn = fc.record({
      transfers: transfersBetween(ACCOUNTS, 1),
      terms: fc.tuple(terms, terms, terms, terms),
      order: fc.array(fc.nat(1_000), { minLength: 5, maxLength: 5 }),
    });
    fc.assert(
      fc.property(drawn, ({ transfers: [transfer], terms: each, order }) => {
        const query = transfer?.query ?? { postings: [] };
        const shuffled = query.postings
          .map((posting, n) => ({ posting, place: order[n] ?? 0 }))
          .toSorted((a, b) => a.place - b.place)
          .map(({ posting }) => posting);
        const bank = (): Bank => {
          const opened = new Bank(ACCOUNTS);
          ACCOUNTS.forEach((account, n) => {
            const { balance, ...change } = each[n] ?? { balance: 0n };
            if (balance > 0n) opened.tell(account, { type: 'Deposit', amount: balance });
            opened.tell(account, { type: 'ChangeTerms', change });
          });
          return opened;
        };
        expect(carriedOut(bank(), { ...query, postings: shuffled })).toEqual(carriedOut(bank(), query));
      }),
      { numRuns: 250 },
    );
  });
});

/** Both phases as a coordinator asks for them: why it was refused, and what every account is then. */
function carriedOut(bank: Bank, query: TransferQuery): { refusals: ReadonlyMap<string, unknown>; states: unknown } {
  const { branches: accounts, askedFirst } = branchesOf(query);
  const refusals = new Map<string, unknown>();
  for (const group of [accounts.slice(0, askedFirst), accounts.slice(askedFirst)]) {
    if (refusals.size > 0) break;
    for (const account of group) {
      const refusal = bank.refusal(account, {
        type: 'Prepare',
        transactionId: 't',
        promised: promiseOf(query, account),
      });
      if (refusal) refusals.set(account, refusal);
    }
  }
  for (const account of accounts) {
    if (refusals.size > 0) bank.mustAccept(account, { type: 'Abort', transactionId: 't' });
    else bank.mustAccept(account, { type: 'Commit', transactionId: 't', lines: linesOf(query, account) });
  }
  return { refusals, states: ACCOUNTS.map((account) => bank.state(account)) };
}

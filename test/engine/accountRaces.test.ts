import * as fc from 'fast-check';
import { replay } from '../../src/domain/account/journal';
import type { AccountReply } from '../../src/engine/accountMessages';
import { UnavailableError } from '../../src/engine/faults';
import { MemoryAccountStore } from '../support/memoryAccountStore';
import { ACCOUNT, AccountHarness } from './accountHarness';

type Ask =
  | { readonly what: 'prepare' | 'commit' | 'abort'; readonly transaction: number }
  | { readonly what: 'deposit' | 'withdraw'; readonly key: number };

interface Sent {
  readonly ask: Ask;
  readonly process: number;
}

const asks: fc.Arbitrary<Sent[]> = fc.array(
  fc.record({
    process: fc.nat(1),
    ask: fc.oneof(
      fc.record({
        what: fc.constantFrom('prepare' as const, 'prepare' as const, 'commit' as const, 'abort' as const),
        transaction: fc.nat(4),
      }),
      fc.record({ what: fc.constantFrom('deposit' as const, 'withdraw' as const), key: fc.nat(3) }),
    ),
  }),
  { minLength: 1, maxLength: 24 },
);

const AMOUNT = 7n;
const FUNDS = 20n;
const CALLS_MAX = 1_000;

/**
 * Two processes with an actor for the same account each, over one store whose calls take effect and are answered in an
 * order that fast-check chooses. `failing` lets some calls fail, before or after they took effect.
 */
async function race(s: fc.Scheduler, sent: readonly Sent[], failing: (n: number) => 'no' | 'before' | 'after') {
  const store = new MemoryAccountStore();
  store.seed(ACCOUNT, FUNDS);
  let calls = 0;
  const turn = async (where: 'before' | 'after', n: number): Promise<void> => {
    await s.schedule(Promise.resolve(), `${where} ${n}`);
    if (failing(n) === where) throw new UnavailableError('away', 'unknown');
  };
  store.before = () => {
    calls += 1;
    if (calls > CALLS_MAX) throw new Error('the actors ask the store for ever');
    return turn('before', calls);
  };
  store.after = () => turn('after', calls);
  const processes = [new AccountHarness(store), new AccountHarness(store)];
  const tell = ({ ask, process }: Sent): Promise<AccountReply> => {
    const harness = processes[process] ?? new AccountHarness(store);
    switch (ask.what) {
      case 'prepare':
        return harness.prepareDebit(`t${ask.transaction}`, AMOUNT);
      case 'commit':
        return harness.commit(`t${ask.transaction}`);
      case 'abort':
        return harness.abort(`t${ask.transaction}`);
      case 'deposit':
        return harness.money('Deposit', AMOUNT, { key: `deposit ${ask.key}` });
      case 'withdraw':
        return harness.money('Withdraw', AMOUNT, { key: `withdraw ${ask.key}` });
    }
  };
  const replies = sent.map(async (one) => {
    await s.schedule(Promise.resolve(), JSON.stringify(one));
    return tell(one);
  });
  const outcomes = await s.waitFor(Promise.allSettled(replies));
  return { store, outcomes };
}

/** Every answer is true of the database: a vote to commit has a row, a done abort or commit an end. */
function expectTrue(store: MemoryAccountStore, sent: readonly Sent[], outcomes: PromiseSettledResult<AccountReply>[]) {
  for (const [index, { ask }] of sent.entries()) {
    const outcome = outcomes[index];
    if (outcome?.status !== 'fulfilled' || outcome.value.kind !== 'done' || !('transaction' in ask)) continue;
    const branch = store.branch(ACCOUNT, `t${ask.transaction}`);
    const state = branch?.state ?? 'no row';
    if (ask.what === 'prepare') expect(['prepared', 'committed', 'aborted']).toContain(state);
    if (ask.what === 'commit') expect(state).toBe('committed');
    if (ask.what === 'abort') expect(['aborted', 'tombstone']).toContain(state);
  }
}

function expectSound(store: MemoryAccountStore) {
  const { balance, held } = store.account(ACCOUNT);
  const prepared = [...store.branches.values()].filter(({ state }) => state === 'prepared').length;
  expect(held).toBe(AMOUNT * BigInt(prepared));
  expect(balance >= held).toBe(true);
  expect(replay(store.rows.get(ACCOUNT)?.journal ?? [])).toMatchObject({ balance, held });
}

describe('two processes with an actor for the same account', () => {
  test('answer only what is true in the database, in any interleaving', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), asks, async (s, sent) => {
        const { store, outcomes } = await race(s, sent, () => 'no');
        for (const outcome of outcomes) expect(outcome).toMatchObject({ status: 'fulfilled' });
        expectTrue(store, sent, outcomes);
        expectSound(store);
      }),
      { numRuns: 400 },
    );
  });

  test('answer only what is true when calls fail before or after they took effect', async () => {
    const faults = fc.infiniteStream(fc.constantFrom<'no' | 'before' | 'after'>('no', 'no', 'no', 'before', 'after'));
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), asks, faults, async (s, sent, stream) => {
        const plan = [...stream.take(400)];
        const { store, outcomes } = await race(s, sent, (n) => plan[n] ?? 'no');
        expectTrue(store, sent, outcomes);
        expectSound(store);
      }),
      { numRuns: 400 },
    );
  });

  test('refuse nothing for funds that the account had all the time', async () => {
    const prepares = fc.array(fc.record({ process: fc.nat(1), transaction: fc.nat(1) }), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), prepares, async (s, drawn) => {
        // Two transactions of 7 fit into 20, however often and wherever they are prepared.
        const sent = drawn.map(({ process, transaction }) => ({
          process,
          ask: { what: 'prepare' as const, transaction },
        }));
        const { outcomes } = await race(s, sent, () => 'no');
        for (const outcome of outcomes) expect(outcome).toMatchObject({ value: { kind: 'done' } });
      }),
      { numRuns: 400 },
    );
  });
});

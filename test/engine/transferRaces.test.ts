import * as fc from 'fast-check';
import { replay } from '../../src/domain/account/evolve';
import { linesOf, type Posting } from '../../src/domain/transfer';
import { UnavailableError } from '../../src/engine/faults';
import { eventOf } from '../support/memoryDatabase';
import { accountIn, beside, type Process, processWith } from './bank';
import { BOOK, BOOK_BRANCH, Stock } from './stock';

const ACCOUNTS = ['a', 'b', 'c'];
const FUNDS = 20n;
const CALLS_MAX = 3_000;

type Fault = 'no' | 'before' | 'after';
interface Sent {
  readonly process: number;
  readonly postings: readonly Posting[];
  readonly isManual: boolean;
  readonly key: number | undefined;
  readonly aborts: boolean;
  /** Whether the service elsewhere takes part, and what it votes. */
  readonly order: 'none' | 'agrees' | 'refuses';
}

const posting: fc.Arbitrary<Posting> = fc
  .record({ origin: fc.nat(2), step: fc.integer({ min: 1, max: 2 }), amount: fc.bigInt(1n, 15n) })
  .map(({ origin, step, amount }) => ({
    origin: ACCOUNTS[origin] ?? '',
    destination: ACCOUNTS[(origin + step) % 3] ?? '',
    amount,
  }));

const requests: fc.Arbitrary<Sent[]> = fc.array(
  fc.record({
    process: fc.nat(3),
    postings: fc.array(posting, { minLength: 1, maxLength: 3 }),
    isManual: fc.boolean(),
    key: fc.option(fc.nat(1), { nil: undefined }),
    aborts: fc.boolean(),
    order: fc.constantFrom('none', 'agrees', 'refuses'),
  }),
  { minLength: 1, maxLength: 6 },
);

/**
 * Four processes over one database, and a service elsewhere that takes part in some transfers. One of the processes takes each step by
 * itself. Each assumes that it leads. fast-check chooses the order in which calls take effect and return; some calls fail
 * before or after they took effect.
 */
async function race(s: fc.Scheduler, sent: readonly Sent[], failing: (n: number) => Fault) {
  const stock = new Stock();
  const shop = { elsewhere: stock };
  const first = processWith(Object.fromEntries(ACCOUNTS.map((account) => [account, FUNDS])), shop);
  const processes = [first, beside(first, shop), beside(first, { ...shop, stepByStep: true }), beside(first, shop)];
  let calls = 0;
  const turn = async (where: Fault, n: number): Promise<void> => {
    if (calls > CALLS_MAX) throw new Error('the stores are asked without end');
    await s.schedule(Promise.resolve(), `${where} ${n}`);
    if (failing(n) === where) throw new UnavailableError('away', 'unknown');
  };
  const before = () => {
    calls += 1;
    return turn('before', calls);
  };
  const after = () => turn('after', calls);
  for (const { journal, transactions } of processes) {
    Object.assign(journal, { before, after });
    Object.assign(transactions, { before, after });
  }
  Object.assign(stock, { before, after });
  const answers = sent.map(async ({ process, postings, isManual, key, aborts, order }, index) => {
    if (order === 'refuses') stock.refuses.add(`t${index}`);
    await s.schedule(Promise.resolve(), `request ${index}`);
    const creation = await (processes[process] ?? first).transfer(postings, {
      id: `t${index}`,
      query: {
        ...(isManual && { capture: 'manual' as const }),
        ...(order !== 'none' && { participants: [BOOK] }),
      },
      ...(isManual && { expiresInMs: 5_000 }),
      ...(key !== undefined && { key: { scope: 's', key: `k${key}`, fingerprint: `k${key}` } }),
    });
    if (aborts && creation.kind !== 'key-reused') await creation.transaction.abort();
    return creation;
  });
  const outcomes = await s.waitFor(Promise.allSettled(answers));
  await s.waitFor(Promise.all(processes.map(({ drives }) => drives.drained())));
  return { first, stock, outcomes };
}

/** Sweeps once nothing fails any more: drives every stored transaction to its end. */
async function heal({ database }: Process, stock: Stock): Promise<Process> {
  database.clock.nowMs += 60_000;
  Object.assign(stock, { before: () => Promise.resolve(), after: () => Promise.resolve() });
  const healer = beside({ database } as Process, { elsewhere: stock });
  await healer.drives.drive([...database.transactions.keys()], { repeats: false });
  return healer;
}

function expectSound(process: Process, stock: Stock): void {
  const { database } = process;
  const committed = [...database.transactions.values()].filter(({ status }) => status === 'committed');
  for (const { status, start } of database.transactions.values()) {
    expect(['committed', 'aborted']).toContain(status);
    for (const branch of start.branches) {
      // A transaction that was refused at its creation leaves nothing in any journal, and is not told to the service.
      const here = branch === BOOK_BRANCH ? stock.states.get(start.id) : database.branch(branch, start.id)?.state;
      const state = here ?? 'aborted';
      expect(state).toBe(status);
    }
  }
  for (const account of ACCOUNTS) {
    const { balance, held, incoming } = accountIn(process, account);
    const moved = committed
      .flatMap(({ query }) => linesOf(query, account))
      .reduce((sum, { direction, amount }) => (direction === 'in' ? sum + amount : sum - amount), 0n);
    expect([balance, held, incoming]).toEqual([FUNDS + moved, 0n, 0n]);
    const journal = database.journal(account);
    expect(replay(journal.map(eventOf)).account).toEqual(accountIn(process, account));
    expect(journal.at(-1)).toMatchObject({ balance, held, incoming });
    expect(journal.at(-1)?.openSince).toBeUndefined();
  }
}

const faults = fc.infiniteStream(fc.constantFrom<Fault>('no', 'no', 'no', 'no', 'before', 'after'));

describe('processes that all believe they lead', () => {
  test('carry out every transfer once or not at all, in any interleaving', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), requests, async (s, sent) => {
        const { first, stock, outcomes } = await race(s, sent, () => 'no');
        for (const outcome of outcomes) expect(outcome).toMatchObject({ status: 'fulfilled' });
        expectSound(await heal(first, stock), stock);
      }),
      { numRuns: 100 },
    );
  });

  test('and when calls fail before or after they took effect', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), requests, faults, async (s, sent, stream) => {
        const plan = [...stream.take(600)];
        const { first, stock, outcomes } = await race(s, sent, (n) => plan[n] ?? 'no');
        const keys = new Set(sent.flatMap(({ key }) => key ?? []));
        for (const key of keys) {
          const ids = sent.flatMap((one, n) =>
            one.key === key && first.database.transactions.has(`t${n}`) ? [n] : [],
          );
          expect(ids.length).toBeLessThanOrEqual(1);
        }
        outcomes.forEach((outcome, n) => {
          if (outcome.status === 'rejected' || outcome.value.kind === 'key-reused') return;
          expect(first.database.transactions.has(outcome.value.transaction.id)).toBe(true);
          if (outcome.value.kind === 'created') expect(outcome.value.transaction.id).toBe(`t${n}`);
        });
        expectSound(await heal(first, stock), stock);
      }),
      { numRuns: 100 },
    );
  });
});

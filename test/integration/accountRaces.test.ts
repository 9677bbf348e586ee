import * as fc from 'fast-check';
import { type JournalEntry, replay } from '../../src/domain/account/journal';
import type { AccountReply } from '../../src/engine/accountMessages';
import { RealEngine } from '../support/realEngine';
import { TestDatabase } from '../support/testDatabase';
import { transactionId } from '../support/transactionId';

type What = 'prepare' | 'commit' | 'abort' | 'deposit';

interface Ask {
  readonly process: number;
  readonly what: What;
  readonly transaction: number;
}

const AMOUNT = 7n;
const FUNDS = 30n;
const TRANSACTIONS = 8;

const asks: fc.Arbitrary<Ask[]> = fc.array(
  fc.record({
    process: fc.nat(1),
    what: fc.constantFrom<What>('prepare', 'prepare', 'commit', 'abort', 'deposit'),
    transaction: fc.nat(TRANSACTIONS - 1),
  }),
  { minLength: 20, maxLength: 80 },
);

let database: TestDatabase;
let engines: readonly RealEngine[];
let accounts = 0;

beforeAll(async () => {
  database = await TestDatabase.create();
  engines = [RealEngine.on(database), RealEngine.on(database)];
});

afterAll(async () => {
  for (const engine of engines) await engine.close();
  await database.drop();
});

async function race(script: readonly Ask[], disturb: () => Promise<void>) {
  accounts += 1;
  const account = `race-${accounts}`;
  await engines[0]?.open(account, FUNDS);
  const ids = Array.from({ length: TRANSACTIONS }, transactionId);
  const tell = ({ process, what, transaction }: Ask): Promise<AccountReply> => {
    const engine = engines[process];
    const id = ids[transaction];
    if (!engine || id === undefined) throw new Error('there is no such process');
    switch (what) {
      case 'prepare':
        return engine.branch(account, { type: 'PrepareDebit', transactionId: id, amount: AMOUNT });
      case 'commit':
        return engine.branch(account, { type: 'CommitBranch', transactionId: id });
      case 'abort':
        return engine.branch(account, { type: 'AbortBranch', transactionId: id });
      case 'deposit':
        return engine.deposit(account, AMOUNT, `${account} ${transaction}`);
    }
  };
  const [outcomes] = await Promise.all([Promise.allSettled(script.map(tell)), disturb()]);
  return { account, ids, outcomes };
}

/** What was answered is true of the rows, and the rows agree with each other. */
async function expectTrue(script: readonly Ask[], { account, ids, outcomes }: Awaited<ReturnType<typeof race>>) {
  const rows = await database.query<{ transaction_id: string; state: string }>(
    'select transaction_id, state from account_branches where account_id = $1',
    [account],
  );
  const states = new Map(rows.map(({ transaction_id, state }) => [transaction_id, state]));
  script.forEach(({ what, transaction }, index) => {
    const outcome = outcomes[index];
    if (outcome?.status !== 'fulfilled' || outcome.value.kind !== 'done' || what === 'deposit') return;
    const state = states.get(ids[transaction] ?? '');
    if (what === 'prepare') expect(['prepared', 'committed', 'aborted']).toContain(state);
    else expect(state).toBe(what === 'commit' ? 'committed' : 'aborted');
  });
  const [row] = await database.query<{ balance: bigint; held: bigint }>(
    'select balance, held from accounts where id = $1',
    [account],
  );
  const journal = await database.query<{ kind: JournalEntry['kind']; amount: bigint }>(
    'select kind, amount from journal where account_id = $1 order by seq',
    [account],
  );
  const { balance, held } = replay(journal);
  expect(row).toEqual({ balance, held });
  const prepared = rows.filter(({ state }) => state === 'prepared').length;
  expect(held).toBe(AMOUNT * BigInt(prepared));
}

describe('two processes with an actor for the same account, on PostgreSQL', () => {
  test('answer only what is true', async () => {
    await fc.assert(
      fc.asyncProperty(asks, async (script) => {
        const raced = await race(script, () => Promise.resolve());
        expect(raced.outcomes.filter(({ status }) => status === 'rejected')).toEqual([]);
        await expectTrue(script, raced);
      }),
      { numRuns: 30, endOnFailure: true },
    );
  });

  test('answer only what is true while their connections are cut', async () => {
    await fc.assert(
      fc.asyncProperty(asks, fc.nat(12), async (script, ms) => {
        const raced = await race(script, async () => {
          await new Promise((done) => setTimeout(done, ms));
          await database.cutConnections();
        });
        await expectTrue(script, raced);
      }),
      { numRuns: 15, endOnFailure: true },
    );
  });
});

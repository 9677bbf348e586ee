import * as fc from 'fast-check';
import type { AccountRefusal } from '../../src/domain/account/commands';
import type { AccountReply } from '../../src/engine/accounts/commandUnit';
import { abortBranch, commitDebit, prepareDebit } from '../support/branchCommands';
import { interposing } from '../support/interposing';
import { RealEngine } from '../support/realEngine';
import { replayed } from '../support/replayed';
import { TestDatabase } from '../support/testDatabase';
import { transactionId } from '../support/transactionId';

type What = 'prepare' | 'commit' | 'abort' | 'deposit' | 'withdraw';

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
    what: fc.constantFrom<What>('prepare', 'prepare', 'commit', 'abort', 'deposit', 'withdraw'),
    transaction: fc.nat(TRANSACTIONS - 1),
  }),
  { minLength: 20, maxLength: 80 },
);

let database: TestDatabase;
let engines: readonly RealEngine[];
let account = '';
let serial = 0;

beforeAll(async () => {
  database = await TestDatabase.create();
  engines = [RealEngine.on(database), RealEngine.on(database)];
});

afterAll(async () => {
  for (const engine of engines) await engine.close();
  await database.drop();
});

type Answer = AccountRefusal | AccountReply | undefined;

function tell(engine: RealEngine, what: What, id: string, key: string): Promise<Answer> {
  switch (what) {
    case 'prepare':
      return engine.branch(account, prepareDebit(id, AMOUNT));
    case 'commit':
      return engine.branch(account, commitDebit(id, AMOUNT));
    case 'abort':
      return engine.branch(account, abortBranch(id));
    case 'deposit':
      return engine.deposit(account, AMOUNT, `${account} ${key}`);
    case 'withdraw':
      return engine.withdraw(account, AMOUNT, `${account} out ${key}`);
  }
}

async function race(script: readonly Ask[], disturb: () => Promise<void>) {
  serial += 1;
  account = `race-${serial}`;
  await engines[0]?.open(account, FUNDS);
  const ids = Array.from({ length: TRANSACTIONS }, transactionId);
  const asked = script.map(({ process, what, transaction }) => {
    const engine = engines[process];
    const id = ids[transaction];
    if (!engine || id === undefined) throw new Error('there is no such process');
    return tell(engine, what, id, String(transaction));
  });
  const [outcomes] = await Promise.all([Promise.allSettled(asked), disturb()]);
  return { ids, outcomes };
}

/** What was answered is true of the journal, and the journal is one story without a hole. */
async function expectTrue(script: readonly Ask[], { ids, outcomes }: Awaited<ReturnType<typeof race>>): Promise<void> {
  const { state, branches } = await replayed(database, account);
  script.forEach(({ what, transaction }, index) => {
    const outcome = outcomes[index];
    if (outcome?.status !== 'fulfilled' || outcome.value !== undefined) return;
    const branch = branches.get(ids[transaction] ?? '')?.state;
    if (what === 'prepare') expect(['prepared', 'committed', 'aborted']).toContain(branch);
    if (what === 'commit' || what === 'abort') expect(branch).toBe(what === 'commit' ? 'committed' : 'aborted');
  });
  const prepared = [...branches.values()].filter((branch) => branch.state === 'prepared').length;
  expect(state).toMatchObject({ held: AMOUNT * BigInt(prepared) });
  expect(state.status === 'open' && state.balance >= state.held).toBe(true);
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

describe('a process that another one gets ahead of at every flush', () => {
  let ahead: RealEngine;
  let behind: RealEngine;
  let before: () => Promise<unknown>;
  let left: number;
  let conflicts: number;

  /** Between the load and the append of a process another one writes the same account, so often. */
  beforeAll(() => {
    ahead = RealEngine.on(database);
    behind = RealEngine.on(database, undefined, {}, (pool) =>
      interposing(pool, /^append/, async () => {
        if (left === 0) return;
        left -= 1;
        conflicts += 1;
        await before();
      }),
    );
  });

  beforeEach(async () => {
    serial += 1;
    account = `ahead-${serial}`;
    left = 0;
    conflicts = 0;
    await ahead.open(account, FUNDS);
    // What it knows of the account is outdated from the next entry on.
    await behind.branch(account, abortBranch(transactionId()));
    left = 5;
  });

  afterAll(async () => {
    await ahead.close();
    await behind.close();
  });

  test('writes what it was asked all the same, once, and decides it on what is there', async () => {
    before = () => ahead.deposit(account, 1n, `${account} ${conflicts}`);
    const reply = await behind.deposit(account, 10n, `${account} behind`);
    expect(conflicts).toBe(5);
    expect(reply).toMatchObject({ kind: 'accepted', balance: FUNDS + 15n });
    expect((await replayed(database, account)).state).toMatchObject({ balance: FUNDS + 15n });
  });

  test('refuses under a key only what the account refuses as it is then', async () => {
    before = () => ahead.deposit(account, 10n, `${account} ${conflicts}`);
    // More than there is when it is first decided, and no more than there is when it can be written.
    const reply = await behind.withdraw(account, FUNDS + 50n, `${account} behind`);
    expect(reply).toMatchObject({ kind: 'accepted', balance: 0n });
    expect(conflicts).toBe(5);
  });

  test('and keeps no refusal that the other process has made untrue', async () => {
    left = 1;
    before = () => ahead.deposit(account, 10n, `${account} once`);
    const refused = await behind.withdraw(account, FUNDS + 15n, `${account} behind`);
    expect(refused).toEqual({ kind: 'refused', refusal: { kind: 'insufficient-funds', missing: 5n } });
    await ahead.deposit(account, 100n, `${account} rich`);
    // The answer of a key never changes, in any process.
    expect(await ahead.withdraw(account, FUNDS + 15n, `${account} behind`)).toEqual({ ...refused, replayed: true });
  });

  test('votes on what is there: funds that the other has held in between are not promised twice', async () => {
    left = 1;
    before = () => ahead.branch(account, prepareDebit(transactionId(), FUNDS));
    const vote = await behind.branch(account, prepareDebit(transactionId(), FUNDS));
    expect(vote).toEqual({ kind: 'insufficient-funds', missing: FUNDS });
  });

  test('leaves other accounts of the same statement as they should be: written once, all of them', async () => {
    const others = Array.from({ length: 10 }, (_, n) => `${account}-beside-${n}`);
    left = 0;
    for (const other of others) await behind.open(other, 1n);
    left = 5;
    before = () => ahead.deposit(account, 1n, `${account} ${conflicts}`);
    await Promise.all([account, ...others].map((one) => behind.deposit(one, 1n, `${one} behind`)));
    for (const other of others) expect((await replayed(database, other)).state).toMatchObject({ balance: 2n });
  });
});

describe('two processes', () => {
  test('that want all the funds of one account in the same turn: one gets them', async () => {
    for (let round = 0; round < 20; round += 1) {
      serial += 1;
      account = `wanted-${serial}`;
      await engines[0]?.open(account, 10n);
      const votes = await Promise.all(
        engines.map((engine) => engine.branch(account, prepareDebit(transactionId(), 6n))),
      );
      expect(votes.filter((vote) => vote === undefined)).toHaveLength(1);
      expect(votes).toContainEqual({ kind: 'insufficient-funds', missing: 2n });
    }
  });

  test('that write the same accounts in all orders never wait for each other in a circle, and none starves', async () => {
    const accounts = ['order-a', 'order-b', 'order-c', 'order-d'];
    for (const one of accounts) await engines[0]?.open(one, 1_000n);
    const deadlocksBefore = await database.deadlocks();
    const work = async (engine: RealEngine, name: string): Promise<void> => {
      for (let round = 0; round < 60; round += 1) {
        const order = round % 2 === 0 ? accounts : accounts.toReversed();
        await Promise.all([
          ...order.map((one) => engine.deposit(one, 1n, `${name} ${round} ${one}`)),
          ...order.map((one) => engine.branch(one, prepareDebit(transactionId(), 1n))),
        ]);
      }
    };
    await Promise.all(engines.map((engine, n) => work(engine, String(n))));
    expect(await database.deadlocks()).toBe(deadlocksBefore);
    for (const one of accounts) {
      expect((await replayed(database, one)).state).toMatchObject({ balance: 1_120n, held: 120n });
    }
  });

  test('and one process in one statement: a key that is used for two accounts is used once', async () => {
    for (const one of ['key-a', 'key-b']) await engines[0]?.open(one, 0n);
    for (const [first, second] of [
      [engines[0], engines[0]],
      [engines[0], engines[1]],
    ]) {
      serial += 1;
      const key = `shared ${serial}`;
      const replies = await Promise.all([first?.deposit('key-a', 1n, key), second?.deposit('key-b', 1n, key)]);
      expect(replies.map((reply) => String(reply?.kind)).toSorted()).toEqual(['accepted', 'key-reused']);
      const [row] = await database.query<{ deposits: number }>(
        `select count(*)::int as deposits from journal where account_id in ('key-a', 'key-b') and kind = 'deposit'`,
      );
      expect(row?.deposits).toBe(first === second ? 1 : 2);
    }
  });
});

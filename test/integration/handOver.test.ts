import type { CommandWork } from '../../src/engine/accounts/accountCommands';
import { transfer } from '../contract/batches';
import { RealEngine } from '../support/realEngine';
import { replayed } from '../support/replayed';
import { TestDatabase } from '../support/testDatabase';
import { transactionId } from '../support/transactionId';

const ROUNDS = 25;

let database: TestDatabase;
let engines: readonly [RealEngine, RealEngine];

beforeAll(async () => {
  database = await TestDatabase.create();
  engines = [RealEngine.on(database), RealEngine.on(database)];
  for (const account of ['a', 'b', 'c']) await engines[0].open(account, account === 'c' ? 0n : 1_000n);
});

afterAll(async () => {
  for (const engine of engines) await engine.close();
  await database.drop();
});

/** Lets both processes do the same work: at once, or one after the other. */
async function both<T>(round: number, work: (engine: RealEngine) => Promise<T>): Promise<[T, T]> {
  const [first, second] = round % 2 === 0 ? engines : ([engines[1], engines[0]] as const);
  if (round % 3 === 0) {
    const one = await work(first);
    return [one, await work(second)];
  }
  return Promise.all([work(first), work(second)]);
}

const entries = async (account: string, kind: string): Promise<number> => {
  const [row] = await database.query<{ count: number }>(
    'select count(*)::int as count from journal where account_id = $1 and kind = $2',
    [account, kind],
  );
  return row?.count ?? 0;
};

test('a transfer that two processes do, because its answer was lost, moves money once, and both are told the same', async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const work = transfer('a', 'b', 1n);
    const told = await both(round, ({ engine }) => engine.coordinator.createFor(work));
    for (const each of told) {
      expect(each).toMatchObject({ kind: 'created', record: { state: { id: work.id, status: 'committed' } } });
    }
  }
  expect(await entries('a', 'spend')).toBe(ROUNDS);
  expect(await entries('b', 'receive')).toBe(ROUNDS);
  await replayed(database, 'a');
});

test('a transfer that is refused is refused for both', async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const work = transfer('c', 'b', 1n);
    const told = await both(round, ({ engine }) => engine.coordinator.createFor(work));
    for (const each of told) expect(each).toMatchObject({ record: { state: { status: 'aborted' } } });
  }
});

test("a command under the service's own key takes effect once, and both are told the same", async () => {
  const before = await entries('a', 'deposit');
  for (let round = 0; round < ROUNDS; round += 1) {
    const key = { scope: 'own', key: transactionId(), fingerprint: 'f' };
    const work: CommandWork = {
      account: 'a',
      command: { type: 'Deposit', amount: 1n },
      options: { key, isClientsKey: false },
    };
    const [one, other] = await both(round, ({ engine }) => engine.commands.carryOut(work));
    expect(one).toMatchObject({ kind: 'accepted' });
    expect({ ...one, replayed: false }).toEqual({ ...other, replayed: false });
  }
  expect(await entries('a', 'deposit')).toBe(before + ROUNDS);
  await replayed(database, 'a');
});

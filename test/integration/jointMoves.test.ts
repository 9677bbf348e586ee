import { Client } from 'pg';
import type { AccountEvent } from '../../src/domain/account/events';
import { JointMove, type JointStatus } from '../../src/engine/jointMove';
import type { AccountEntry, TransactionRecord } from '../../src/engine/ports';
import { losesAnswers } from '../support/losesAnswers';
import { RealEngine } from '../support/realEngine';
import { TestDatabase } from '../support/testDatabase';
import { transactionId } from '../support/transactionId';

const AMOUNT = 30n;

let database: TestDatabase;
let engine: RealEngine;
let apart: RealEngine;
let serial = 0;

beforeAll(async () => {
  database = await TestDatabase.create();
  engine = RealEngine.on(database);
  apart = RealEngine.on(database, undefined, { JOINT_MOVES: 'false' });
});

afterAll(async () => {
  await engine.close();
  await apart.close();
  await database.drop();
});

/** A stored transfer between two new accounts, and its branch writes. */
async function transfer({ timeoutMs = 60_000, funds = 100n } = {}) {
  const id = transactionId();
  serial += 1;
  const [origin, destination] = [`a${serial}`, `b${serial}`];
  await engine.open(origin, funds);
  await engine.open(destination, 0n);
  const branches = [origin, destination];
  const query = { origin, destination, amount: AMOUNT };
  await engine.engine.transactionStore.create({ id, type: 'transfer', query, branches, timeoutMs });
  const entry = (type: AccountEvent['type'], direction: 'debit' | 'credit', joint: JointMove): AccountEntry => ({
    event: { type, transactionId: id, direction, amount: AMOUNT },
    joint,
  });
  const { accountStore } = engine.engine;
  return {
    id,
    origin,
    destination,
    joint: (to: JointStatus) => new JointMove(id, to, branches),
    debit: (type: AccountEvent['type'], joint: JointMove) =>
      accountStore.write(origin, [entry(type, 'debit', joint)]).then(({ outcomes: [outcome] }) => outcome?.kind),
    credit: (type: AccountEvent['type'], joint: JointMove) =>
      accountStore.write(destination, [entry(type, 'credit', joint)]).then(({ outcomes: [outcome] }) => outcome?.kind),
    status: async () => (await record(id)).state.status,
  };
}

async function record(id: string): Promise<TransactionRecord<unknown, unknown>> {
  const [found] = await engine.engine.transactionStore.read([id]);
  if (!found) throw new Error('not stored');
  return found;
}

describe('a joint move', () => {
  test('is written with the branch writes it follows from, when one statement has them all', async () => {
    const { joint, debit, credit, id } = await transfer();
    const decision = joint('committing');
    expect(await Promise.all([debit('BranchPrepared', decision), credit('BranchPrepared', decision)])).toEqual([
      'applied',
      'applied',
    ]);
    const decided = await record(id);
    expect(decided.state.status).toBe('committing');
    expect(decision.moved).toEqual({ at: decided.updatedAt, attempts: 0 });
    const end = joint('committed');
    await Promise.all([debit('BranchCommitted', end), credit('BranchCommitted', end)]);
    const ended = await record(id);
    expect(ended).toMatchObject({ state: { status: 'committed' }, finishedAt: end.moved?.at });
    expect(ended.history.map(({ status }) => status)).toEqual(['preparing', 'committing', 'committed']);
  });

  test('is written with the last of them, when they land one after another', async () => {
    const { joint, debit, credit, status } = await transfer();
    const decision = joint('committing');
    await debit('BranchPrepared', decision);
    expect(decision.moved).toBeUndefined();
    expect(await status()).toBe('preparing');
    await credit('BranchPrepared', decision);
    expect(decision.moved).toBeDefined();
    expect(await status()).toBe('committing');
  });

  test('is left out when a branch write is: a branch that refuses is no vote to commit', async () => {
    const { joint, debit, credit, destination, id, status } = await transfer();
    await engine.branch(destination, { type: 'AbortBranch', transactionId: id });
    const decision = joint('committing');
    expect(await Promise.all([debit('BranchPrepared', decision), credit('BranchPrepared', decision)])).toEqual([
      'applied',
      'branch-differs',
    ]);
    expect(decision.moved).toBeUndefined();
    expect(await status()).toBe('preparing');
  });

  test('is left out when an account cannot bear its write', async () => {
    const { joint, debit, credit, status } = await transfer({ funds: AMOUNT - 1n });
    const decision = joint('committing');
    const outcomes = await Promise.all([debit('BranchPrepared', decision), credit('BranchPrepared', decision)]);
    expect(outcomes).toEqual(['stale', 'applied']);
    expect(decision.moved).toBeUndefined();
    expect(await status()).toBe('preparing');
  });

  test('loses to an abort that was decided before', async () => {
    const { joint, debit, credit, id, status } = await transfer();
    await engine.engine.transactionStore.move({ id, from: 'preparing', to: 'aborting', reason: { kind: 'client' } });
    const decision = joint('committing');
    await Promise.all([debit('BranchPrepared', decision), credit('BranchPrepared', decision)]);
    expect(decision.moved).toBeUndefined();
    expect(await status()).toBe('aborting');
  });

  test('decides nothing after the deadline, by the clock of the database', async () => {
    const { joint, debit, credit, status } = await transfer({ timeoutMs: 0 });
    const decision = joint('committing');
    const outcomes = await Promise.all([debit('BranchPrepared', decision), credit('BranchPrepared', decision)]);
    expect(outcomes).toEqual(['applied', 'applied']);
    expect(decision.moved).toBeUndefined();
    expect(await status()).toBe('preparing');
  });

  test('is later than the branch writes it follows from', async () => {
    const { joint, debit, credit, id } = await transfer();
    const decision = joint('committing');
    await Promise.all([debit('BranchPrepared', decision), credit('BranchPrepared', decision)]);
    const end = joint('committed');
    await Promise.all([debit('BranchCommitted', end), credit('BranchCommitted', end)]);
    const [late] = await database.query<{ rows: number }>(
      `select ((select count(*) from journal j where j.transaction_id = t.id and j.occurred_at > t.finished_at)
            + (select count(*) from account_branches b where b.transaction_id = t.id
                 and (b.finished_at > t.finished_at or b.prepared_at > (t.history->0->>'at')::timestamptz + interval '1 ms')))::int
              as rows
       from transactions t where id = $1`,
      [id],
    );
    expect(late).toEqual({ rows: 0 });
  });

  test('is left to the driver, and no account waits, while somebody else has the transaction locked', async () => {
    const { joint, debit, credit, id, status } = await transfer();
    const holder = new Client({ connectionString: database.url });
    await holder.connect();
    await holder.query('begin');
    await holder.query('select from transactions where id = $1 for update', [id]);
    const decision = joint('committing');
    const outcomes = await Promise.all([debit('BranchPrepared', decision), credit('BranchPrepared', decision)]);
    expect(outcomes).toEqual(['applied', 'applied']);
    expect(decision.moved).toBeUndefined();
    await holder.query('rollback');
    await holder.end();
    expect(await status()).toBe('preparing');
  });

  test('never ends a transaction whose commit is not decided', async () => {
    const { joint, debit, credit, status } = await transfer();
    const early = joint('committed');
    await Promise.all([debit('BranchPrepared', early), credit('BranchPrepared', early)]);
    expect(early.moved).toBeUndefined();
    expect(await status()).toBe('preparing');
  });
});

describe('a transfer driven with joint moves', () => {
  test.each(['committed', 'aborted'] as const)('ends as %s with the same record as without', async (end) => {
    const records = [];
    for (const { engine: driven } of [engine, apart]) {
      const { id, origin } = await transfer({ funds: end === 'committed' ? 100n : 0n });
      const move = jest.spyOn(driven.transactionStore, 'move');
      await driven.coordinator.drive([id], { repeats: false });
      records.push({ told: anonymous(await record(id), origin), moves: move.mock.calls.map(([{ to }]) => to) });
      move.mockRestore();
    }
    const [together, alone] = records;
    expect(together?.told).toEqual(alone?.told);
    expect(alone?.moves).toEqual(end === 'committed' ? ['committing', 'committed'] : ['aborting', 'aborted']);
    // A decision to abort follows from no write: a vote that refuses leaves none.
    expect(together?.moves).toEqual(end === 'committed' ? [] : ['aborting']);
  });
});

test('a transfer whose joint statements lose their answers ends once, as it is stored', async () => {
  let lost = 0;
  const lossy = RealEngine.on(database, undefined, {}, (pool) =>
    losesAnswers(pool, 'write_accounts_and_moves', () => {
      lost += 1;
    }),
  );
  const { id, origin, destination } = await transfer();
  const [driven] = await lossy.engine.coordinator.drive([id], { repeats: false });
  // The decision's and the end's.
  expect(lost).toBe(2);
  const stored = await record(id);
  expect(stored.state.status).toBe('committed');
  expect(driven).toMatchObject({ kind: 'final', record: { state: { status: 'committed' }, history: stored.history } });
  expect((await engine.engine.accountStore.load(origin)).state).toMatchObject({ balance: 100n - AMOUNT, held: 0n });
  expect((await engine.engine.accountStore.load(destination)).state).toMatchObject({ balance: AMOUNT, incoming: 0n });
  await lossy.close();
});

/** What two records of different transfers have in common. Which votes had come when one refused is a matter of luck. */
function anonymous({ state, history, attempts }: TransactionRecord<unknown, unknown>, origin: string) {
  const text = JSON.stringify(
    { status: state.status, attempts, history: history.map(({ at: _at, votes: _votes, ...entry }) => entry) },
    (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value),
  );
  return JSON.parse(text.replaceAll(origin, 'origin').replaceAll(origin.replace('a', 'b'), 'destination')) as unknown;
}

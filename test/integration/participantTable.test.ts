import type { BranchCommand } from '../../src/domain/account/commands';
import type { AccountReply } from '../../src/engine/accountMessages';
import { RealEngine } from '../support/realEngine';
import { TestDatabase } from '../support/testDatabase';
import { transactionId } from '../support/transactionId';

type Row = 'no row' | 'prepared' | 'committed' | 'aborted' | 'tombstone';
type Call = 'PrepareDebit' | 'PrepareCredit' | 'CommitBranch' | 'AbortBranch';

const BALANCE = 100n;
const AMOUNT = 30n;

let database: TestDatabase;
let here: RealEngine;
let elsewhere: RealEngine;

beforeAll(async () => {
  database = await TestDatabase.create();
  here = RealEngine.on(database);
  elsewhere = RealEngine.on(database);
});

afterAll(async () => {
  await here.close();
  await elsewhere.close();
  await database.drop();
});

const done = { kind: 'done' };
const voteAbort = { kind: 'refused', refusal: { kind: 'branch-aborted' } };
const violation = { kind: 'refused', refusal: { kind: 'protocol-violation' } };

/** The answer, the row afterwards, and what is then held and promised of an account that had 100 before the row. */
type Cell = readonly [Call, Row, object, string | undefined, { balance: bigint; held: bigint; incoming: bigint }];
const at = (balance: bigint, held = 0n, incoming = 0n) => ({ balance, held, incoming });

const table: readonly Cell[] = [
  ['PrepareDebit', 'no row', done, 'prepared', at(100n, 30n)],
  ['PrepareDebit', 'prepared', done, 'prepared', at(100n, 30n)],
  ['PrepareDebit', 'committed', done, 'committed', at(70n)],
  ['PrepareDebit', 'aborted', voteAbort, 'aborted', at(100n)],
  ['PrepareDebit', 'tombstone', voteAbort, 'aborted', at(100n)],
  ['PrepareCredit', 'no row', done, 'prepared', at(100n, 0n, 30n)],
  ['PrepareCredit', 'prepared', done, 'prepared', at(100n, 0n, 30n)],
  ['PrepareCredit', 'committed', done, 'committed', at(130n)],
  ['PrepareCredit', 'aborted', voteAbort, 'aborted', at(100n)],
  ['PrepareCredit', 'tombstone', voteAbort, 'aborted', at(100n)],
  ['CommitBranch', 'no row', violation, undefined, at(100n)],
  ['CommitBranch', 'prepared', done, 'committed', at(70n)],
  ['CommitBranch', 'committed', done, 'committed', at(70n)],
  ['CommitBranch', 'aborted', violation, 'aborted', at(100n)],
  ['CommitBranch', 'tombstone', violation, 'aborted', at(100n)],
  ['AbortBranch', 'no row', done, 'aborted', at(100n)],
  ['AbortBranch', 'prepared', done, 'aborted', at(100n)],
  ['AbortBranch', 'committed', violation, 'committed', at(70n)],
  ['AbortBranch', 'aborted', done, 'aborted', at(100n)],
  ['AbortBranch', 'tombstone', done, 'aborted', at(100n)],
];

const command = (type: Call, id: string): BranchCommand =>
  type === 'CommitBranch' || type === 'AbortBranch'
    ? { type, transactionId: id }
    : { type, transactionId: id, amount: AMOUNT };

/** How a row comes to be: the calls that lead to it. A prepare goes in the direction that the cell is about. */
const history: Readonly<Record<Row, readonly ('prepare' | 'CommitBranch' | 'AbortBranch')[]>> = {
  'no row': [],
  prepared: ['prepare'],
  committed: ['prepare', 'CommitBranch'],
  aborted: ['prepare', 'AbortBranch'],
  tombstone: ['AbortBranch'],
};

async function make(engine: RealEngine, account: string, id: string, row: Row, call: Call): Promise<void> {
  const prepare = call === 'PrepareCredit' ? 'PrepareCredit' : 'PrepareDebit';
  for (const step of history[row]) {
    await expect(engine.branch(account, command(step === 'prepare' ? prepare : step, id))).resolves.toMatchObject(done);
  }
}

describe.each([
  ['the process that made the row', () => here],
  ['another process, whose actor has not seen the row', () => elsewhere],
] as const)('the participant table on PostgreSQL, through %s', (name, caller) => {
  test.each(table)('%s on %s', async (call, row, answer, state, left) => {
    const account = `${call}-${row.replace(' ', '-')}-${name.length}`;
    const id = transactionId();
    await here.open(account, BALANCE);
    // The other process knows the account as it was before.
    await elsewhere.branch(account, { type: 'AbortBranch', transactionId: transactionId() });
    await make(here, account, id, row, call);
    const reply: AccountReply = await caller().branch(account, command(call, id));
    expect(reply).toMatchObject(answer);
    await expect(caller().branch(account, command(call, id))).resolves.toMatchObject(answer);
    expect(await stateOf(account, id)).toBe(state);
    expect(await moneyOf(account)).toEqual(left);
  });
});

describe('a late prepare', () => {
  test('after the abort meets the tombstone in whichever process it arrives, and holds nothing', async () => {
    await here.open('late', BALANCE);
    const id = transactionId();
    await here.branch('late', command('AbortBranch', id));
    for (const engine of [here, elsewhere, here]) {
      await expect(engine.branch('late', command('PrepareDebit', id))).resolves.toMatchObject(voteAbort);
    }
    expect(await moneyOf('late')).toEqual(at(100n));
  });

  test('beside its abort: whichever is first, nothing stays held', async () => {
    await here.open('beside', BALANCE);
    const ids = Array.from({ length: 40 }, transactionId);
    await Promise.all(
      ids.flatMap((id) => [
        here.branch('beside', command('PrepareDebit', id)),
        elsewhere.branch('beside', command('AbortBranch', id)),
        here.branch('beside', command('AbortBranch', id)),
      ]),
    );
    expect(await moneyOf('beside')).toEqual(at(100n));
    for (const id of ids) expect(await stateOf('beside', id)).toBe('aborted');
  });
});

describe('a branch of an account that does not exist', () => {
  test('votes abort, and its abort leaves a tombstone', async () => {
    const id = transactionId();
    await expect(here.branch('nobody', command('PrepareCredit', id))).resolves.toMatchObject({
      refusal: { kind: 'account-not-found' },
    });
    await expect(here.branch('nobody', command('AbortBranch', id))).resolves.toMatchObject(done);
    await here.open('nobody', 0n);
    await expect(here.branch('nobody', command('PrepareCredit', id))).resolves.toMatchObject(voteAbort);
  });
});

test('one transaction prepared by two processes at once is held once', async () => {
  await here.open('twice', BALANCE);
  const ids = Array.from({ length: 3 }, transactionId);
  const replies = await Promise.all(
    ids.flatMap((id) =>
      [here, elsewhere, here, elsewhere].map((engine) => engine.branch('twice', command('PrepareDebit', id))),
    ),
  );
  for (const reply of replies) expect(reply).toMatchObject(done);
  expect(await moneyOf('twice')).toEqual(at(100n, 90n));
  await Promise.all(
    ids.flatMap((id) => [here, elsewhere].map((engine) => engine.branch('twice', command('CommitBranch', id)))),
  );
  expect(await moneyOf('twice')).toEqual(at(10n));
});

async function stateOf(account: string, id: string): Promise<string | undefined> {
  const [row] = await database.query<{ state: string }>(
    'select state from account_branches where account_id = $1 and transaction_id = $2',
    [account, id],
  );
  return row?.state;
}

async function moneyOf(account: string): Promise<{ balance: bigint; held: bigint; incoming: bigint }> {
  const [row] = await database.query<{ balance: bigint; held: bigint; incoming: bigint }>(
    'select balance, held, incoming from accounts where id = $1',
    [account],
  );
  if (!row) throw new Error(`no account ${account}`);
  return row;
}

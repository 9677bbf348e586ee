import type { AccountRefusal, BranchCommand } from '../../src/domain/account/commands';
import type { OpenAccount } from '../../src/domain/account/state';
import { abortBranch, commitCredit, commitDebit, prepareCredit, prepareDebit } from '../support/branchCommands';
import { RealEngine } from '../support/realEngine';
import { TestDatabase } from '../support/testDatabase';
import { transactionId } from '../support/transactionId';

type Branch = 'nothing' | 'prepared' | 'committed' | 'aborted' | 'tombstone';
type Call = 'prepare' | 'commit' | 'abort';
type Side = 'debit' | 'credit';

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

const COMMANDS: Readonly<Record<Side, Readonly<Record<Call, (id: string) => BranchCommand>>>> = {
  debit: { prepare: (id) => prepareDebit(id, AMOUNT), commit: (id) => commitDebit(id, AMOUNT), abort: abortBranch },
  credit: { prepare: (id) => prepareCredit(id, AMOUNT), commit: (id) => commitCredit(id, AMOUNT), abort: abortBranch },
};

const DONE = undefined;
const VOTE_ABORT = { kind: 'branch-aborted' };
const VIOLATION = { kind: 'protocol-violation' };

/** What a call on a branch answers, and what the branch is afterwards. */
const TABLE: readonly (readonly [Call, Branch, object | undefined, Branch])[] = [
  ['prepare', 'nothing', DONE, 'prepared'],
  ['prepare', 'prepared', DONE, 'prepared'],
  ['prepare', 'committed', DONE, 'committed'],
  ['prepare', 'aborted', VOTE_ABORT, 'aborted'],
  ['prepare', 'tombstone', VOTE_ABORT, 'aborted'],
  ['commit', 'nothing', VIOLATION, 'nothing'],
  ['commit', 'prepared', DONE, 'committed'],
  ['commit', 'committed', DONE, 'committed'],
  ['commit', 'aborted', VIOLATION, 'aborted'],
  ['commit', 'tombstone', VIOLATION, 'aborted'],
  ['abort', 'nothing', DONE, 'aborted'],
  ['abort', 'prepared', DONE, 'aborted'],
  ['abort', 'committed', VIOLATION, 'committed'],
  ['abort', 'aborted', DONE, 'aborted'],
  ['abort', 'tombstone', DONE, 'aborted'],
];
const CELLS = (['debit', 'credit'] as const).flatMap((side) => TABLE.map((row) => [side, ...row] as const));

/** The calls by which a branch comes to be what it is. */
const HISTORY: Readonly<Record<Branch, readonly Call[]>> = {
  nothing: [],
  prepared: ['prepare'],
  committed: ['prepare', 'commit'],
  aborted: ['prepare', 'abort'],
  tombstone: ['abort'],
};

/** What an account with 100 has after one branch. */
function left(side: Side, branch: Branch): object {
  const isDebit = side === 'debit';
  if (branch === 'prepared') return { balance: BALANCE, held: isDebit ? AMOUNT : 0n, incoming: isDebit ? 0n : AMOUNT };
  const moved = branch === 'committed' ? AMOUNT : 0n;
  return { balance: isDebit ? BALANCE - moved : BALANCE + moved, held: 0n, incoming: 0n };
}

describe.each([
  ['the process that wrote the branch', () => here],
  ['another process, which knows the account as it was before', () => elsewhere],
] as const)('the participant table on PostgreSQL, through %s', (name, caller) => {
  test.each(CELLS)('%s: %s on %s', async (side, call, before, answer, after) => {
    const account = `${side}-${call}-${before}-${name.length}`;
    const id = transactionId();
    await here.open(account, BALANCE);
    await elsewhere.branch(account, abortBranch(transactionId()));
    for (const earlier of HISTORY[before]) expect(await here.branch(account, COMMANDS[side][earlier](id))).toBe(DONE);
    for (let times = 0; times < 2; times += 1) {
      const refusal: AccountRefusal | undefined = await caller().branch(account, COMMANDS[side][call](id));
      if (answer) expect(refusal).toMatchObject(answer);
      else expect(refusal).toBe(DONE);
    }
    expect(await stateOf(account, id)).toBe(after);
    expect(await moneyOf(account)).toMatchObject(left(side, after));
  });
});

describe('a late prepare', () => {
  test('after the abort meets the tombstone in whichever process it arrives, and holds nothing', async () => {
    await here.open('late', BALANCE);
    const id = transactionId();
    await here.branch('late', abortBranch(id));
    for (const engine of [here, elsewhere, here]) {
      expect(await engine.branch('late', prepareDebit(id, AMOUNT))).toMatchObject(VOTE_ABORT);
    }
    expect(await moneyOf('late')).toMatchObject({ balance: BALANCE, held: 0n });
  });

  test('beside its abort: whichever is first, nothing stays held', async () => {
    await here.open('beside', BALANCE);
    const ids = Array.from({ length: 40 }, transactionId);
    await Promise.all(
      ids.flatMap((id) => [
        here.branch('beside', prepareDebit(id, AMOUNT)),
        elsewhere.branch('beside', abortBranch(id)),
        here.branch('beside', abortBranch(id)),
      ]),
    );
    expect(await moneyOf('beside')).toMatchObject({ balance: BALANCE, held: 0n });
    for (const id of ids) expect(await stateOf('beside', id)).toBe('aborted');
  });
});

test('a branch of an account that does not exist votes abort, and its abort leaves a tombstone', async () => {
  const id = transactionId();
  expect(await here.branch('missing', prepareCredit(id, AMOUNT))).toEqual({ kind: 'account-not-found' });
  expect(await here.branch('missing', abortBranch(id))).toBe(DONE);
  await here.open('missing', 0n);
  expect(await here.branch('missing', prepareCredit(id, AMOUNT))).toMatchObject(VOTE_ABORT);
});

test('one transaction prepared by two processes at once is held once, and committed once', async () => {
  await here.open('twice', BALANCE);
  const ids = Array.from({ length: 3 }, transactionId);
  const all = (command: (id: string) => BranchCommand) =>
    Promise.all(ids.flatMap((id) => [here, elsewhere, here, elsewhere].map((e) => e.branch('twice', command(id)))));
  expect(new Set(await all((id) => prepareDebit(id, AMOUNT)))).toEqual(new Set([DONE]));
  expect(await moneyOf('twice')).toMatchObject({ balance: BALANCE, held: 3n * AMOUNT });
  expect(new Set(await all((id) => commitDebit(id, AMOUNT)))).toEqual(new Set([DONE]));
  expect(await moneyOf('twice')).toMatchObject({ balance: BALANCE - 3n * AMOUNT, held: 0n });
});

async function stateOf(account: string, id: string): Promise<Branch> {
  const [branch] = await here.engine.journal.readBranches([{ account, transactionId: id }]);
  return branch?.state ?? 'nothing';
}

async function moneyOf(account: string): Promise<OpenAccount> {
  const [snapshot] = await here.engine.journal.load([account]);
  if (snapshot?.state.status !== 'open') throw new Error(`no account ${account}`);
  return snapshot.state;
}

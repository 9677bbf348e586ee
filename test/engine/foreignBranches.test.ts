import { setImmediate as turn } from 'node:timers/promises';
import { foreignBranchId } from '../../src/adapters/participants/foreignBranchId';
import { ForeignBranches } from '../../src/engine/accounts/foreignBranches';
import { UnavailableError } from '../../src/engine/faults';
import type { ForeignRequest } from '../../src/engine/journal/entries';
import { accountIn, Process, processWith } from './bank';

const NAME = { caller: 'shop', transaction: '01900000-0000-7000-8000-000000000000', branch: 'b' };
const BRANCH = { ...NAME, id: foreignBranchId(NAME) };
const DEBIT: ForeignRequest = { account: 'a', direction: 'debit', amount: 6n };
const DONE = { kind: 'done' };
const ABORTED = { kind: 'refused', refusal: { kind: 'branch-aborted' } };

const foreignOf = ({ accounts, commit, journal }: Process) => new ForeignBranches(accounts, commit, journal);

/** Runs the other process between this process's reads and its write. */
function inBetween(process: Process, otherProcess: () => Promise<unknown>): void {
  let isFirst = true;
  process.journal.before = async ({ kind }) => {
    if (kind !== 'append' || !isFirst) return;
    isFirst = false;
    await otherProcess();
  };
}

describe('a branch of another coordinator, called in two processes', () => {
  let one: Process;
  let other: Process;

  beforeEach(() => {
    one = processWith({ a: 10n });
    other = new Process(one.database);
  });

  test('that is aborted while its prepare is being written holds nothing', async () => {
    inBetween(one, () => foreignOf(other).abort(BRANCH));
    await expect(foreignOf(one).prepare(BRANCH, DEBIT)).resolves.toEqual(ABORTED);
    expect(accountIn(one, 'a')).toMatchObject({ balance: 10n, held: 0n });
  });

  test('that is prepared while its abort is being written is released', async () => {
    inBetween(one, () => foreignOf(other).prepare(BRANCH, DEBIT));
    await expect(foreignOf(one).abort(BRANCH)).resolves.toEqual(DONE);
    expect(accountIn(one, 'a')).toMatchObject({ balance: 10n, held: 0n });
    await expect(foreignOf(one).prepare(BRANCH, DEBIT)).resolves.toEqual(ABORTED);
  });

  test('that is prepared in the other one is not refused for what it holds itself', async () => {
    inBetween(one, () => foreignOf(other).prepare(BRANCH, DEBIT));
    await expect(foreignOf(one).prepare(BRANCH, DEBIT)).resolves.toEqual(DONE);
    expect(accountIn(one, 'a')).toMatchObject({ held: 6n });
  });

  test('that spent in the other one, after it was looked up here, is not refused for what it spent itself', async () => {
    let prepared: Promise<unknown> = Promise.reject(new Error('never asked'));
    prepared.catch(() => undefined);
    // The account is being written while the branch is looked up, and must be read again when that write conflicts.
    inBetween(one, async () => {
      prepared = foreignOf(one).prepare(BRANCH, DEBIT);
      while (!one.journal.calls.some(({ kind }) => kind === 'readForeign')) await turn();
      await turn();
      await foreignOf(other).prepare(BRANCH, DEBIT);
      await foreignOf(other).commit(BRANCH);
    });
    await one.deposit('a', 1n);
    await expect(prepared).resolves.toEqual(DONE);
    expect(accountIn(one, 'a')).toMatchObject({ balance: 5n, held: 0n });
  });

  test('that is prepared twice at once in one process is written once', async () => {
    const both = [foreignOf(one).prepare(BRANCH, DEBIT), foreignOf(one).prepare(BRANCH, DEBIT)];
    await expect(Promise.all(both)).resolves.toEqual([DONE, DONE]);
    expect(accountIn(one, 'a')).toMatchObject({ held: 6n });
    expect(one.journal.kinds().flat()).toEqual(['hold']);
  });

  test('that has ended for one account is not prepared for another', async () => {
    await foreignOf(other).prepare(BRANCH, DEBIT);
    await foreignOf(other).abort(BRANCH);
    const elsewhere = await foreignOf(one).prepare(BRANCH, { ...DEBIT, account: 'b' });
    expect(elsewhere).toEqual({ kind: 'refused', refusal: { kind: 'branch-differs' } });
  });
});

describe.each(['before', 'after'] as const)('a call whose write had no answer, %s it took effect', (where) => {
  function lose(process: Process, times: number): void {
    let left = times;
    process.journal[where] = ({ kind }) => {
      if (kind !== 'append' || left <= 0) return Promise.resolve();
      left -= 1;
      return Promise.reject(new UnavailableError('the connection was lost', 'unknown'));
    };
  }

  test.each([1, 2, 3])('is carried out once, after %d of them', async (times) => {
    const process = processWith({ a: 10n });
    const foreign = foreignOf(process);
    lose(process, times);
    await expect(foreign.prepare(BRANCH, DEBIT)).resolves.toEqual(DONE);
    expect(accountIn(process, 'a')).toMatchObject({ balance: 10n, held: 6n });
    lose(process, times);
    await expect(foreign.commit(BRANCH)).resolves.toEqual(DONE);
    expect(accountIn(process, 'a')).toMatchObject({ balance: 4n, held: 0n });
  });

  test('leaves one tombstone', async () => {
    const process = processWith({ a: 10n });
    lose(process, 2);
    await expect(foreignOf(process).abort(BRANCH)).resolves.toEqual(DONE);
    await expect(foreignOf(process).prepare(BRANCH, DEBIT)).resolves.toEqual(ABORTED);
  });
});

test('ids are apart for every name, of version 8, and never change', () => {
  const names = [
    NAME,
    { ...NAME, caller: 'bank' },
    { ...NAME, branch: 'c' },
    { ...NAME, transaction: NAME.transaction.replace('7000', '7001') },
    { caller: 'a', transaction: NAME.transaction, branch: 'b:c' },
    { caller: 'a:b', transaction: NAME.transaction, branch: 'c' },
  ];
  const ids = names.map(foreignBranchId);
  expect(new Set(ids).size).toBe(names.length);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  // A later version of the program must find a branch that is prepared today.
  expect(ids[0]).toBe('0d915811-2669-8e5a-bb13-0f47e2adc124');
});

import { UnavailableError } from '../../src/engine/faults';
import { settled } from '../support/memoryGate';
import { ACCOUNT, AccountHarness, elsewhere } from './accountHarness';

const insufficient = (missing: bigint) => ({ kind: 'refused', refusal: { kind: 'insufficient-funds', missing } });

describe('an account actor whose state is outdated', () => {
  test('decides again when another process has spent the funds', async () => {
    const here = AccountHarness.withBalance(10n);
    await here.prepareDebit('t0', 1n);
    await elsewhere(here).prepareDebit('t1', 6n);
    await expect(here.prepareDebit('t2', 5n)).resolves.toEqual(insufficient(2n));
    await expect(here.prepareDebit('t3', 3n)).resolves.toMatchObject({ kind: 'done' });
    expect(here.store.account(ACCOUNT)).toMatchObject({ balance: 10n, held: 10n });
  });

  test('never refuses for funds that another process has deposited', async () => {
    const here = AccountHarness.withBalance(1n);
    await expect(here.prepareDebit('t1', 5n)).resolves.toEqual(insufficient(4n));
    await elsewhere(here).money('Deposit', 9n);
    await expect(here.prepareDebit('t2', 10n)).resolves.toMatchObject({ kind: 'done' });
  });

  test('never refuses a credit for room that another process has freed', async () => {
    const here = AccountHarness.withBalance(9_007_199_254_740_991n);
    const credit = (transactionId: string) => here.branch({ type: 'PrepareCredit', transactionId, amount: 5n });
    await expect(credit('t1')).resolves.toMatchObject({ refusal: { kind: 'balance-limit-exceeded' } });
    await elsewhere(here).money('Withdraw', 5n);
    await expect(credit('t2')).resolves.toMatchObject({ kind: 'done' });
  });

  test('a vote to commit is given only with a hold on disk, for what was staged behind an outdated write too', async () => {
    const here = AccountHarness.withBalance(10n);
    await here.prepareDebit('warm', 1n);
    await elsewhere(here).prepareDebit('other', 6n);
    const gate = here.holdWrites();
    const first = here.prepareDebit('t1', 5n);
    await settled();
    const behind = here.prepareDebit('t2', 2n);
    await settled();
    gate.open();
    // Decided again, it comes after t2.
    await expect(first).resolves.toEqual(insufficient(4n));
    await expect(behind).resolves.toMatchObject({ kind: 'done' });
    expect(here.store.branch(ACCOUNT, 't2')).toEqual({ state: 'prepared', direction: 'debit', amount: 2n });
    expect(here.store.account(ACCOUNT).held).toBe(9n);
  });

  test('a commit and an abort staged behind an outdated write are written, not only answered', async () => {
    const here = AccountHarness.withBalance(10n);
    await here.prepareDebit('c', 1n);
    await here.prepareDebit('a', 1n);
    await elsewhere(here).prepareDebit('other', 6n);
    const gate = here.holdWrites();
    const first = here.prepareDebit('t1', 5n);
    await settled();
    const behind = [here.commit('c'), here.abort('a')];
    await settled();
    gate.open();
    await expect(first).resolves.toMatchObject({ kind: 'refused' });
    expect((await Promise.all(behind)).map(({ kind }) => kind)).toEqual(['done', 'done']);
    expect(here.store.branch(ACCOUNT, 'c')?.state).toBe('committed');
    expect(here.store.branch(ACCOUNT, 'a')?.state).toBe('aborted');
    expect(here.store.account(ACCOUNT)).toMatchObject({ balance: 9n, held: 6n });
  });

  test('an answer staged behind an outdated write is decided again', async () => {
    const here = AccountHarness.withBalance(10n);
    await here.prepareDebit('warm', 1n);
    await elsewhere(here).prepareDebit('other', 6n);
    const gate = here.holdWrites();
    const first = here.prepareDebit('t1', 5n);
    await settled();
    const repeated = here.prepareDebit('t1', 5n);
    await settled();
    gate.open();
    expect([(await first).kind, (await repeated).kind]).toEqual(['refused', 'refused']);
    expect(here.store.branch(ACCOUNT, 't1')).toBeUndefined();
  });

  test('takes over a branch that another process prepared, and commits its amount', async () => {
    const here = AccountHarness.withBalance(10n);
    await here.prepareDebit('warm', 1n);
    await elsewhere(here).prepareDebit('t1', 6n);
    await expect(here.commit('t1')).resolves.toMatchObject({ kind: 'done' });
    expect(here.store.account(ACCOUNT)).toMatchObject({ balance: 4n, held: 1n });
  });

  test('takes over a branch that another process prepared, and aborts it', async () => {
    const here = AccountHarness.withBalance(10n);
    await here.prepareDebit('warm', 1n);
    await elsewhere(here).prepareDebit('t1', 6n);
    await expect(here.abort('t1')).resolves.toMatchObject({ kind: 'done' });
    expect(here.store.branch(ACCOUNT, 't1')?.state).toBe('aborted');
    expect(here.store.account(ACCOUNT)).toMatchObject({ balance: 10n, held: 1n });
  });

  test('a late prepare meets the tombstone of another process', async () => {
    const here = AccountHarness.withBalance(10n);
    await here.prepareDebit('warm', 1n);
    await elsewhere(here).abort('t1');
    await expect(here.prepareDebit('t1', 5n)).resolves.toEqual({
      kind: 'refused',
      refusal: { kind: 'branch-aborted' },
    });
    expect(here.store.account(ACCOUNT).held).toBe(1n);
  });

  test('a prepare that this process made and another one aborted is refused when it is repeated', async () => {
    const here = AccountHarness.withBalance(10n);
    await here.prepareDebit('t1', 5n);
    await elsewhere(here).abort('t1');
    await expect(here.prepareDebit('t1', 5n)).resolves.toEqual({
      kind: 'refused',
      refusal: { kind: 'branch-aborted' },
    });
  });
});

describe('an account actor beside another process that aborts what it prepares', () => {
  test('comes to an end, and asks the store a bounded number of times', async () => {
    const here = AccountHarness.withBalance(100n);
    await here.prepareDebit('warm', 1n);
    const ids = Array.from({ length: 30 }, (_, n) => `t${n}`);
    const there = elsewhere(here);
    await Promise.all(ids.map((id) => there.abort(id)));
    here.store.before = async () => {
      if (here.store.calls.length > 5_000) throw new Error('the actor asks the store for ever');
    };
    const replies = await Promise.all(ids.flatMap((id) => [here.prepareDebit(id, 30n), here.abort(id)]));
    expect(replies.map(({ kind }) => kind)).toEqual(ids.flatMap(() => ['refused', 'done']));
    expect(here.store.account(ACCOUNT).held).toBe(1n);
    expect(here.store.calls.length).toBeLessThan(2_000);
  });
});

describe('an account actor whose write failed', () => {
  const away = new UnavailableError('the database is away', 'unknown');

  test.each(['before', 'after'] as const)('%s it took effect reports neither success nor refusal', async (where) => {
    const harness = AccountHarness.withBalance(10n);
    const gate = harness.holdWrites(where);
    const first = harness.prepareDebit('t1', 6n);
    await settled();
    gate.failWaiting(away);
    await expect(first).rejects.toBe(away);
    gate.open();
    await expect(harness.prepareDebit('t1', 6n)).resolves.toMatchObject({ kind: 'done' });
    expect(harness.store.account(ACCOUNT)).toMatchObject({ balance: 10n, held: 6n });
  });

  test.each([
    ['before', 0n, 'done'],
    ['after', 6n, 'refused'],
  ] as const)(
    '%s it took effect decides what was staged behind it on what the database has',
    async (where, held, kind) => {
      const harness = AccountHarness.withBalance(10n);
      const gate = harness.holdWrites(where);
      const first = expect(harness.prepareDebit('t1', 6n)).rejects.toBe(away);
      await settled();
      const behind = harness.prepareDebit('t2', 4n);
      const further = harness.prepareDebit('t3', 5n);
      await settled();
      gate.failWaiting(away);
      await settled();
      gate.open();
      await first;
      await expect(behind).resolves.toMatchObject({ kind: 'done' });
      await expect(further).resolves.toMatchObject({ kind });
      expect(harness.store.account(ACCOUNT).held).toBe(held + 4n + (kind === 'done' ? 5n : 0n));
    },
  );

  test('decides again what was staged behind it, knowing nothing and reading nothing', async () => {
    const harness = AccountHarness.withBalance(10n);
    const gate = harness.holdWrites();
    const first = expect(harness.prepareDebit('t1', 6n)).rejects.toBe(away);
    await settled();
    const behind = harness.prepareDebit('t2', 4n);
    await settled();
    gate.failWaiting(away);
    await first;
    gate.open();
    await expect(behind).resolves.toMatchObject({ kind: 'done' });
    expect(harness.store.loads()).toEqual([]);
    expect(harness.store.account(ACCOUNT).held).toBe(4n);
  });

  test('tells what was staged behind it that the database is away, when it was', async () => {
    const harness = AccountHarness.withBalance(10n);
    const gate = harness.holdWrites();
    const notStarted = new UnavailableError('away', 'not-started');
    const asks = [expect(harness.prepareDebit('t1', 6n)).rejects.toBe(notStarted)];
    await settled();
    asks.push(expect(harness.prepareDebit('t2', 4n)).rejects.toBe(notStarted));
    await settled();
    gate.failWaiting(notStarted);
    await Promise.all(asks);
    expect(harness.store.writes()).toHaveLength(1);
    gate.open();
    await expect(harness.prepareDebit('t3', 10n)).resolves.toMatchObject({ kind: 'done' });
  });
});

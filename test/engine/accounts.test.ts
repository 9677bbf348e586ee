import type { Accounts } from '../../src/engine/accounts/accounts';
import { BranchLookUp } from '../../src/engine/accounts/branchUnit';
import { runReady } from '../support/memoryGate';
import { balanceIn, beside, Process, posting, processWith } from './bank';

const query = { postings: [posting('a', 'b', 1n)] };

/** Whether the account has an actor. Starts none. */
function isLive(accounts: Accounts, id: string): boolean {
  return (accounts as unknown as { readonly live: ReadonlyMap<string, unknown> }).live.has(id);
}

describe('the accounts of a process', () => {
  test('keep one live actor for each account that is used', async () => {
    const process = processWith({ a: 10n });
    await process.deposit('a', 1n);
    await process.deposit('a', 1n);
    expect(process.accounts.of('a')).toBe(process.accounts.of('a'));
    expect(process.accounts.size).toBe(1);
  });

  test('passivate an actor that had nothing to do for long enough, and start another when it is needed', async () => {
    const process = processWith({ a: 10n });
    await process.branches.of('a').prepare('t1', query);
    process.clock.nowMs = 119_999;
    expect(process.accounts.passivateIdle()).toBe(0);
    process.clock.nowMs = 120_000;
    expect(process.accounts.passivateIdle()).toBe(1);
    expect(process.accounts.size).toBe(0);
    await process.branches.of('a').commit('t1', query);
    expect(balanceIn(process, 'a')).toBe(9n);
  });

  test('make room for new actors by letting go of those that were used longest ago', async () => {
    const { accounts, clock } = new Process(undefined, { actorsMax: 2 });
    const a = accounts.of('a');
    const b = accounts.of('b');
    // Uses in quick succession count as one.
    clock.nowMs += 1_000;
    expect(accounts.of('a')).toBe(a);
    accounts.of('c');
    await Promise.resolve();
    expect(accounts.size).toBe(2);
    expect(accounts.of('a')).toBe(a);
    expect(accounts.of('b')).not.toBe(b);
  });

  test('make room and passivate around an actor that owes an answer, in the order of the last use', async () => {
    const process = processWith({ b: 0n }, { actorsMax: 3 });
    const { accounts, clock } = process;
    const live = (): string => ['a', 'b', 'c', 'd', 'e'].filter((id) => isLive(accounts, id)).join('');
    accounts.of('a');
    const gate = process.hold('append');
    const asked = process.deposit('b', 1n);
    await runReady();
    for (const id of 'cde') {
      clock.nowMs += 1_000;
      accounts.of(id);
      await Promise.resolve();
    }
    expect(live()).toBe('bde');
    clock.nowMs += 1_000;
    accounts.of('d');
    clock.nowMs += 119_000;
    expect([accounts.passivateIdle(), live()]).toEqual([1, 'bd']);
    gate.open();
    await asked;
    clock.nowMs += 1_000;
    expect([accounts.passivateIdle(), live(), accounts.size]).toEqual([2, '', 0]);
    accounts.of('a');
    expect(live()).toBe('a');
  });

  test.each([1, 2])('carry out a transfer over more accounts than may be live (%d)', async (actorsMax) => {
    const process = processWith({ a: 10n, b: 0n, c: 0n }, { actorsMax });
    const transfer = await process.created([posting('a', 'b', 4n), posting('a', 'c', 3n)]);
    expect(transfer.record.state.status).toBe('committed');
    expect(['a', 'b', 'c'].map((account) => balanceIn(process, account))).toEqual([3n, 4n, 3n]);
  });

  test('never passivate an actor that owes an answer', async () => {
    const process = processWith({ a: 10n });
    const gate = process.hold('append');
    const asked = process.deposit('a', 1n);
    await runReady();
    process.clock.nowMs = 10_000_000;
    expect(process.accounts.load).toBe(1);
    expect(process.accounts.passivateIdle()).toBe(0);
    gate.open();
    await asked;
    expect([process.accounts.load, process.accounts.passivateIdle()]).toEqual([0, 1]);
  });

  test('forget branches that have ended, and answer for all of them', async () => {
    const process = processWith({ a: 0n });
    const branch = process.branches.of('a');
    const abort = (ids: readonly string[]) => Promise.all(ids.map((id) => branch.abort(id, { kind: 'timeout' })));
    const ids = Array.from({ length: 1_100 }, (_, n) => `t${n}`);
    await abort(ids);
    await abort(ids);
    expect(process.database.journal('a')).toHaveLength(1 + ids.length);
    await abort(Array.from({ length: 64 }, (_, n) => `u${n}`));
    await abort(Array.from({ length: 64 }, (_, n) => `v${n}`));
    const actor = process.accounts.of('a');
    expect([actor.branch('t0'), actor.branch('v0')]).toEqual([undefined, { state: 'aborted' }]);
    expect(await branch.prepare('t0', query)).toMatchObject({ kind: 'abort' });
  });

  test('do not take the journal as it was for what it is: a branch that ended since is known or looked up again', async () => {
    const process = processWith({ a: 10n });
    const branch = process.branches.of('a');
    const actor = process.accounts.of('a');
    await process.deposit('a', 1n);
    const look = new BranchLookUp(actor, 't1');
    look.questions()[0]?.answer(undefined as never);
    expect(look.questions()).toEqual([]);
    await branch.abort('t1', { kind: 'timeout' });
    expect(actor.branch('t1')).toEqual({ state: 'aborted' });
    for (let n = 0; n < 200; n += 1) {
      await branch.abort(`u${n}`, { kind: 'timeout' });
      expect([actor.branch('t1'), ...look.questions()]).not.toEqual([undefined]);
    }
    expect(actor.branch('t1')).toBeUndefined();
  });

  test('tell where the oldest open branch began, so that a load reads no further back', async () => {
    const process = processWith({ a: 10n });
    const branch = process.branches.of('a');
    await branch.prepare('t1', query);
    await branch.prepare('t2', query);
    await branch.commit('t1', query);
    await process.deposit('a', 1n);
    const entries = process.database.journal('a').slice(2);
    expect(entries.map(({ kind, openSince }) => [kind, openSince])).toEqual([
      ['hold', 3],
      ['hold', 3],
      ['spend', 4],
      ['deposit', 4],
    ]);
    await beside(process).branches.of('a').commit('t2', query);
    expect(process.database.journal('a').at(-1)).toMatchObject({ kind: 'spend', held: 0n, openSince: undefined });
  });
});

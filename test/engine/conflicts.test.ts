import * as fc from 'fast-check';
import { OverloadedError } from '../../src/engine/faults';
import { runReady } from '../support/memoryGate';
import { accountIn, balanceIn, beside, posting, processWith } from './bank';

const CONFLICT = { kind: 'conflict', lost: new Set<string>() } as const;

describe('an account that another process has written', () => {
  test('is read again, and what waits is decided on what is there now', async () => {
    const here = processWith({ a: 10n });
    await here.deposit('a', 0n);
    await beside(here).withdraw('a', 6n);
    await expect(here.withdraw('a', 5n)).resolves.toEqual({
      kind: 'refused',
      refusal: { kind: 'insufficient-funds', missing: 1n },
    });
    await expect(here.withdraw('a', 4n)).resolves.toMatchObject({ kind: 'accepted', balance: 0n });
  });

  test('refuses nothing for funds that the other process has deposited', async () => {
    const here = processWith({ a: 1n });
    await expect(here.withdraw('a', 5n)).resolves.toMatchObject({ kind: 'refused' });
    await beside(here).deposit('a', 9n);
    await expect(here.withdraw('a', 10n)).resolves.toMatchObject({ kind: 'accepted', balance: 0n });
  });

  test('is found when it is opened after it was found absent', async () => {
    const here = processWith({});
    await expect(here.deposit('a', 1n)).resolves.toMatchObject({ refusal: { kind: 'account-not-found' } });
    const terms = { currency: undefined, overdraftLimit: 0n, frozen: undefined };
    await beside(here).ask('a', { type: 'Open', terms });
    await expect(here.deposit('a', 1n)).resolves.toMatchObject({ kind: 'accepted', balance: 1n });
    await expect(here.ask('a', { type: 'Open', terms })).resolves.toMatchObject({
      refusal: { kind: 'account-already-exists' },
    });
  });

  test('has its transfers decided again, with all that was in their statement, and no journal has a gap', async () => {
    const here = processWith({ a: 10n, b: 0n, c: 10n });
    await Promise.all(['a', 'b', 'c'].map((account) => here.deposit(account, 0n)));
    await beside(here).withdraw('a', 8n);
    const [refused, made] = await Promise.all([
      here.created([posting('a', 'b', 3n)]),
      here.created([posting('c', 'b', 3n)]),
    ]);
    expect(refused?.record.state).toMatchObject({ status: 'aborted' });
    expect(made?.record.state).toMatchObject({ status: 'committed' });
    expect(['a', 'b', 'c'].map((account) => balanceIn(here, account))).toEqual([2n, 3n, 7n]);
  });

  test('is written apart from the others for a while, so that its conflicts are not theirs', async () => {
    const here = processWith({ hot: 0n, cold: 0n });
    const both = () => Promise.all([here.deposit('hot', 1n), here.deposit('cold', 1n)]);
    const accounts = () =>
      here.appends.map(({ entries }) => [...new Set(entries.map(({ account }) => account))].toSorted());
    await both();
    await beside(here).deposit('hot', 5n);
    await both();
    await both();
    const [together, lost, ...apart] = accounts();
    expect([together, lost]).toEqual([
      ['cold', 'hot'],
      ['cold', 'hot'],
    ]);
    expect(apart.map((each) => each.join(' ')).toSorted()).toEqual(['cold', 'cold', 'hot', 'hot']);
    here.clock.nowMs += 5_000;
    await both();
    expect(accounts().at(-1)).toEqual(['cold', 'hot']);
    expect([balanceIn(here, 'hot'), balanceIn(here, 'cold')]).toEqual([9n, 4n]);
  });

  test('again and again is given up only after very many conflicts, and then nothing was begun', async () => {
    const here = processWith({ a: 10n }, { conflictsMax: 5 });
    here.journal.instead = () => CONFLICT;
    await expect(here.deposit('a', 1n)).rejects.toBeInstanceOf(OverloadedError);
    expect(here.appends).toHaveLength(5);
    // From the second conflict on the waits are random, so that two processes do not stay in step.
    expect(here.clock.sleeps).toHaveLength(4);
    here.journal.instead = () => undefined;
    await expect(here.deposit('a', 1n)).resolves.toMatchObject({ balance: 11n });
  });

  test('in every other statement: everything is carried out once all the same', async () => {
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(fc.nat(3)), async (chances) => {
        const here = processWith({ a: 20n, b: 20n });
        here.journal.instead = () => (chances.next().value === 0 ? undefined : CONFLICT);
        const transfers = Array.from({ length: 6 }, (_, n) =>
          here.created(n % 2 === 0 ? [posting('a', 'b', 1n)] : [posting('b', 'a', 2n)]),
        );
        const asks = [here.deposit('a', 5n, 'k'), here.deposit('a', 5n, 'k'), here.withdraw('b', 1n)];
        await Promise.all([...transfers, ...asks]);
        await here.drives.drained();
        expect([balanceIn(here, 'a'), balanceIn(here, 'b')]).toEqual([28n, 16n]);
        expect(accountIn(here, 'a')).toMatchObject({ held: 0n, incoming: 0n });
      }),
      { numRuns: 50 },
    );
  });

  test('by many processes at once ends with every deposit made', async () => {
    const first = processWith({ a: 0n });
    const processes = [first, beside(first), beside(first)];
    for (const process of processes) process.journal.before = runReady;
    await Promise.all(processes.flatMap((process) => Array.from({ length: 20 }, () => process.deposit('a', 1n))));
    expect(balanceIn(first, 'a')).toBe(60n);
  });
});

import { nextTick } from 'node:process';
import { OverloadedError, UnavailableError } from '../../src/engine/faults';
import { Gate, runReady } from '../support/memoryGate';
import { accountIn, balanceIn, beside, type Process, posting, processWith } from './bank';

const away = new UnavailableError('away', 'not-started');

/** Submits a unit of account `a`. Resolves with the error that the unit fails with. */
function submitted(process: Process, unit: Partial<Parameters<Process['commit']['submit']>[0]>): Promise<unknown> {
  const nothing = () => undefined;
  return new Promise((failed) => {
    process.commit.submit({
      accounts: ['a'],
      questions: () => [],
      decide: nothing,
      again: nothing,
      landed: nothing,
      lost: nothing,
      failed,
      ...unit,
    });
  });
}

/** The accounts that each statement has written or read so far. */
const accountsOf = (process: Process): readonly string[][] =>
  process.appends.map(({ entries, read }) =>
    [...new Set([...entries, ...read].map(({ account }) => account))].toSorted(),
  );

describe('group commit', () => {
  test('answers only when what was decided is durable', async () => {
    const process = processWith({ a: 10n });
    const gate = process.hold('append', 'after');
    let reply: unknown;
    const asked = process.deposit('a', 5n).then((given) => {
      reply = given;
    });
    await runReady();
    expect([reply, balanceIn(process, 'a')]).toEqual([undefined, 15n]);
    gate.open();
    await asked;
    expect(reply).toMatchObject({ kind: 'accepted', balance: 15n });
  });

  test('writes what waits while a statement is in flight with one statement, when that one has landed', async () => {
    const process = processWith({ a: 10n, b: 9n }, { statementsMax: 1 });
    await process.deposit('b', 1n);
    const gate = process.hold('append');
    const asks = [process.deposit('a', 1n)];
    await runReady();
    asks.push(process.deposit('a', 2n), process.withdraw('b', 3n), process.withdraw('a', 4n));
    await runReady();
    expect(process.appends).toHaveLength(2);
    gate.open();
    const replies = await Promise.all(asks);
    expect(process.journal.kinds().slice(1)).toEqual([['deposit'], ['deposit', 'withdraw', 'withdraw']]);
    expect(replies.map((reply) => 'balance' in reply && reply.balance)).toEqual([11n, 13n, 7n, 9n]);
  });

  /** Two statements of `size` deposits each. The second one waits until the gate of the first one opens. */
  async function twoStatements(gates: readonly Gate[], size: number) {
    const process = processWith({ a: 0n });
    await process.deposit('a', 1n);
    const order: string[] = [];
    let sent = 0;
    process.journal.before = ({ kind }) => {
      if (kind !== 'append') return Promise.resolve();
      order.push('sent');
      sent += 1;
      return gates[sent - 1]?.pass() ?? Promise.resolve();
    };
    const deposits = (answered: string) =>
      Array.from({ length: size }, () => process.deposit('a', 1n).then(() => order.push(answered)));
    const first = deposits('first');
    await runReady();
    return { process, order, first, second: deposits('second') };
  }

  test('sends the next statement before it answers the many units of the one before', async () => {
    const gates = [new Gate(), new Gate()];
    const { process, order, first, second } = await twoStatements(gates, 20);
    gates[0]?.open();
    await Promise.all(first);
    expect(order).toEqual(['sent', 'sent', ...first.map(() => 'first')]);
    gates[1]?.open();
    await Promise.all(second);
    expect(balanceIn(process, 'a')).toBe(41n);
  });

  test('answers few units first, so that what they set off joins the next statement', async () => {
    const gate = new Gate();
    const { process, order, first, second } = await twoStatements([gate], 5);
    const setOff = first[0]?.then(() => process.deposit('a', 1n));
    gate.open();
    await Promise.all([...first, ...second, setOff]);
    expect(order).toEqual(['sent', ...first.map(() => 'first'), 'sent', ...second.map(() => 'second')]);
    expect(balanceIn(process, 'a')).toBe(12n);
  });

  test('reads for half of many units while this process takes in the other half', async () => {
    const cold = Array.from({ length: 40 }, (_, n) => `c${n}`);
    const process = processWith({ a: 0n, ...Object.fromEntries(cold.map((id) => [id, 0n])) });
    await process.deposit('a', 1n);
    const order: string[] = [];
    process.journal.before = async (call) => {
      if (call.kind === 'load') order.push(`reads ${call.accounts.length}`);
    };
    await Promise.all(cold.map(() => process.deposit('a', 1n)));
    const asks = cold.map((id) => {
      order.push('asked');
      return process.deposit(id, 1n);
    });
    await Promise.all(asks);
    const half = cold.slice(20).map(() => 'asked');
    expect(order).toEqual([...half, 'reads 20', ...half, 'reads 20']);
  });

  test('is not drained before all have their answers', async () => {
    const gate = new Gate();
    const { process, order } = await twoStatements([gate], 20);
    const drained = process.commit.drained();
    gate.open();
    await drained;
    await new Promise<void>((answersAreHeard) => nextTick(answersAreHeard));
    expect(order).toHaveLength(42);
  });

  test.each([40, 5])('is not drained before what the answers to %d units set off has landed', async (size) => {
    const process = processWith({ a: 0n });
    const gate = process.hold('append', 'after');
    const twice = () => process.deposit('a', 1n).then(() => process.deposit('a', 2n));
    const asked = Array.from({ length: size }, twice);
    await runReady();
    const drained = process.commit.drained();
    gate.open();
    await drained;
    expect(balanceIn(process, 'a')).toBe(BigInt(3 * size));
    await Promise.all(asked);
  });

  test('has one statement of an account in flight at a time', async () => {
    const process = processWith({ a: 0n });
    let inFlight = 0;
    let most = 0;
    process.journal.before = async ({ kind }) => {
      if (kind !== 'append') return;
      inFlight += 1;
      most = Math.max(most, inFlight);
      await runReady();
    };
    process.journal.after = async ({ kind }) => {
      if (kind === 'append') inFlight -= 1;
    };
    const asks: Promise<unknown>[] = [];
    for (let n = 0; n < 30; n += 1) {
      asks.push(process.deposit('a', 1n));
      if (n % 5 === 0) await runReady();
    }
    await Promise.all(asks);
    expect([most, balanceIn(process, 'a')]).toEqual([1, 30n]);
  });

  test('decides on what was decided before it: the same funds are not spent twice', async () => {
    const process = processWith({ a: 10n });
    const asks = await Promise.all([process.withdraw('a', 8n), process.withdraw('a', 8n)]);
    expect(asks).toMatchObject([
      { kind: 'accepted', balance: 2n },
      { kind: 'refused', refusal: { kind: 'insufficient-funds', missing: 6n } },
    ]);
    expect(process.appends).toHaveLength(1);
  });

  test('reads accounts that are cold together, and each account once', async () => {
    const process = processWith({ a: 1n, b: 1n, c: 1n });
    await Promise.all(['a', 'b', 'c', 'a'].map((account) => process.deposit(account, 1n)));
    await process.deposit('a', 1n);
    const loads = process.journal.calls.flatMap((call) => (call.kind === 'load' ? [call.accounts] : []));
    expect(loads).toEqual([['a', 'b', 'c']]);
  });

  test('bounds the rows of a statement', async () => {
    const process = processWith({ a: 0n }, { rowsMax: 4 });
    await Promise.all(Array.from({ length: 5 }, () => process.deposit('a', 1n)));
    // Each deposit is an entry and its key.
    expect(process.journal.kinds().map(({ length }) => length)).toEqual([2, 2, 1]);
    expect(balanceIn(process, 'a')).toBe(5n);
  });

  test('refuses what would wait behind too much, and begins nothing of it', async () => {
    const process = processWith({ a: 0n, b: 0n }, { waitingMax: 3, mailboxMax: 2 });
    const gate = process.hold('append');
    const asks = [process.deposit('a', 1n), process.deposit('a', 1n)];
    await expect(process.deposit('a', 1n)).rejects.toBeInstanceOf(OverloadedError);
    asks.push(process.deposit('b', 1n));
    await expect(process.deposit('b', 1n)).rejects.toBeInstanceOf(OverloadedError);
    gate.open();
    await Promise.all(asks);
    expect([balanceIn(process, 'a'), balanceIn(process, 'b')]).toEqual([2n, 1n]);
    await expect(process.deposit('a', 1n)).resolves.toMatchObject({ kind: 'accepted' });
  });

  test('is drained when nothing waits and nothing is in flight', async () => {
    const process = processWith({ a: 0n });
    await process.commit.drained();
    const gate = process.hold('append', 'after');
    let drained = false;
    const asked = process.deposit('a', 1n);
    const draining = process.commit.drained().then(() => {
      drained = true;
    });
    await runReady();
    expect([drained, process.commit.load]).toEqual([false, 0]);
    gate.open();
    await Promise.all([asked, draining]);
  });

  test('lets go of accounts that nothing waits for', async () => {
    const process = processWith({ a: 5n, b: 0n });
    await process.created([posting('a', 'b', 5n)], { id: 't' });
    await process.drives.drained();
    expect(process.accounts.load).toBe(0);
  });
});

describe('a read that fails', () => {
  test('is repeated, and what waits for it is told only when it fails again and again', async () => {
    const process = processWith({ a: 5n, b: 5n });
    let fails = 3;
    process.journal.before = async ({ kind }) => {
      fails -= 1;
      if (kind === 'load' && fails >= 0) throw away;
    };
    await expect(process.deposit('a', 1n)).resolves.toMatchObject({ kind: 'accepted', balance: 6n });
    fails = 4;
    await expect(process.deposit('b', 1n)).rejects.toMatchObject({ outcome: 'not-started' });
    await expect(process.deposit('b', 1n)).resolves.toMatchObject({ kind: 'accepted', balance: 6n });
  });

  test('for a defect is told at once, and what needs no read goes on', async () => {
    const process = processWith({ a: 5n, b: 5n });
    await process.deposit('a', 1n);
    process.journal.before = async ({ kind }) => {
      if (kind === 'load') throw new Error('a row of an unknown kind');
    };
    const unreadable = expect(process.deposit('b', 1n)).rejects.toThrow('a row of an unknown kind');
    await expect(process.deposit('a', 1n)).resolves.toMatchObject({ balance: 7n });
    await unreadable;
  });
});

describe('a statement that is blocked or fails', () => {
  /** Nothing about `bad` can be written: another session holds it, or it is a defect. */
  const spoil = (process: Process, how: 'blocked' | 'failed'): void => {
    process.journal.instead = ({ entries }) => {
      if (!entries.some(({ account }) => account === 'bad')) return undefined;
      if (how === 'blocked')
        return { kind: 'blocked', fault: new UnavailableError('Lock timeout', 'not-started', { away: 'lock' }) };
      throw new Error('a value that the database refuses');
    };
  };

  test.each(['blocked', 'failed'] as const)(
    'is %s: each unit is written by itself, and only the bad one fails',
    async (how) => {
      const process = processWith({ a: 5n, b: 5n, bad: 5n });
      spoil(process, how);
      const bad = process.deposit('bad', 1n).catch((error: Error) => error.message);
      const replies = await Promise.all([
        process.deposit('a', 1n),
        process.withdraw('b', 1n),
        process.withdraw('a', 9n),
      ]);
      expect(replies).toMatchObject([
        { kind: 'accepted', balance: 6n },
        { kind: 'accepted', balance: 4n },
        { kind: 'refused', refusal: { missing: 3n } },
      ]);
      await expect(bad).resolves.toBe(how === 'blocked' ? 'Lock timeout' : 'a value that the database refuses');
      expect(accountsOf(process)).toEqual([['a', 'b', 'bad'], ['bad'], ['a'], ['b'], ['a']]);
      expect(accountIn(process, 'bad').balance).toBe(5n);
      process.journal.instead = () => undefined;
      await expect(process.deposit('bad', 1n)).resolves.toMatchObject({ balance: 6n });
    },
  );

  test('is answered to the other units when the answer to one meets a defect', async () => {
    const process = processWith({ a: 5n });
    const before = process.deposit('a', 1n);
    const failed = submitted(process, {
      landed: () => {
        throw new Error('a defect');
      },
    });
    const after = process.withdraw('a', 6n);
    await expect(failed).resolves.toMatchObject({ message: 'a defect' });
    await expect(before).resolves.toMatchObject({ balance: 6n });
    await expect(after).resolves.toMatchObject({ balance: 0n });
    await process.commit.drained();
    expect(process.accounts.load).toBe(0);
  });

  test('because of a defect in one unit spoils neither the others nor what the accounts know', async () => {
    const process = processWith({ a: 5n });
    const before = process.deposit('a', 1n);
    const failed = submitted(process, {
      decide: (fold) => {
        process.accounts.of('a').handle({ type: 'Deposit', amount: 1_000n }, {}, fold);
        throw new Error('a defect');
      },
    });
    const after = process.withdraw('a', 6n);
    await expect(failed).resolves.toMatchObject({ message: 'a defect' });
    await expect(before).resolves.toMatchObject({ balance: 6n });
    await expect(after).resolves.toMatchObject({ balance: 0n });
    expect(process.accounts.load).toBe(0);
    await expect(beside(process).deposit('a', 2n)).resolves.toMatchObject({ balance: 2n });
  });
});

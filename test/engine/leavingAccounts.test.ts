import { runReady } from '../support/memoryGate';
import { balanceIn, beside, type Process, processWith } from './bank';

const PAUSES = { everyMs: 100, forMs: 6 };

/** Both processes know that the other one writes the account. */
async function contest(process: Process, other: Process): Promise<void> {
  for (let n = 0; n < 2; n += 1) {
    await process.deposit('a', 1n);
    await other.deposit('a', 1n);
    process.clock.nowMs += PAUSES.forMs;
  }
}

describe('an account that another process writes too', () => {
  test('is left to it for a moment, and read again before the next write', async () => {
    const process = processWith({ a: 0n, b: 0n }, { pauses: () => PAUSES });
    const other = beside(process);
    await process.deposit('b', 1n);
    await contest(process, other);
    process.clock.nowMs += 1_000;
    await process.deposit('a', 1n);
    const before = process.journal.kinds().length;
    const waiting = process.deposit('a', 1n);
    await process.deposit('b', 1n);
    await runReady();
    expect(balanceIn(process, 'a')).toBe(5n);
    await other.deposit('a', 10n);
    process.clock.nowMs += PAUSES.forMs;
    await expect(waiting).resolves.toMatchObject({ kind: 'accepted', balance: 16n });
    // The statement for `b`, and the one for `a` at its first attempt.
    expect(process.journal.kinds().length - before).toBe(2);
  });

  test('is written as often as there is something to write between two pauses', async () => {
    const process = processWith({ a: 0n }, { pauses: () => PAUSES });
    const other = beside(process);
    await contest(process, other);
    process.clock.nowMs += PAUSES.everyMs + PAUSES.forMs;
    await process.deposit('a', 1n);
    process.clock.nowMs += PAUSES.forMs;
    for (let n = 0; n < 5; n += 1) await process.deposit('a', 1n);
    expect(balanceIn(process, 'a')).toBe(10n);
  });

  test('is not fought for in step: a process that does not drive waits after every second conflict', async () => {
    const process = processWith({ a: 0n }, { waitsAfterConflicts: () => false });
    let conflicts = 4;
    process.journal.instead = () => {
      conflicts -= 1;
      return conflicts >= 0 ? { kind: 'conflict', lost: new Set() } : undefined;
    };
    await process.deposit('a', 1n);
    expect(process.clock.sleeps).toEqual([0.5 * 2, 0.5 * 4]);
  });
});

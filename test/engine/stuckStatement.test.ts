import { UnavailableError } from '../../src/engine/faults';
import { Gate, runReady } from '../support/memoryGate';
import type { JournalCall } from '../support/memoryJournalStore';
import { balanceIn, beside, type Process, processWith, type Query, type Refusal } from './bank';

const ofAccount = (call: JournalCall<Query, Refusal>, account: string): boolean =>
  call.kind === 'append' && call.batch.entries.some((entry) => entry.account === account);

function holdThoseOf(process: Process, ...accounts: readonly string[]): Gate[] {
  const gates = accounts.map((account) => ({ account, gate: new Gate() }));
  process.journal.before = (call) => {
    const found = gates.find(({ account }) => ofAccount(call, account));
    return found ? found.gate.pass() : Promise.resolve();
  };
  return gates.map(({ gate }) => gate);
}

/** Delays reads as a database does: they take effect in a later turn of the event loop. */
const slowReads = (process: Process): void => {
  const { before } = process.journal;
  process.journal.before = async (call) => {
    if (call.kind === 'append') return before(call);
    await runReady();
  };
};

const untilQuiet = async (): Promise<void> => {
  for (let n = 0; n < 40; n += 1) await runReady();
};

const names = (n: number, prefix = 'x'): string[] => Array.from({ length: n }, (_, i) => `${prefix}${i}`);
const zero = (list: readonly string[]): Record<string, bigint> => Object.fromEntries(list.map((name) => [name, 0n]));

describe('beside a statement that is stuck', () => {
  test('cold accounts: twenty units that had to be read go out beside it', async () => {
    const cold = names(20);
    const process = processWith({ a: 0n, ...zero(cold) }, { besideMin: 8 });
    await process.deposit('a', 1n);
    const [gate] = holdThoseOf(process, 'a');
    slowReads(process);
    const held = process.deposit('a', 1n);
    await runReady();
    const all = cold.map((name) => process.deposit(name, 1n));
    await untilQuiet();
    const during = cold.map((name) => balanceIn(process, name));
    gate?.open();
    await Promise.all([held, ...all]);
    expect(during).toEqual(cold.map(() => 1n));
  });

  test('warm accounts and client keys: twenty units whose keys had to be read go out beside it', async () => {
    const warm = names(20);
    const process = processWith({ a: 0n, ...zero(warm) }, { besideMin: 8 });
    await Promise.all(['a', ...warm].map((name) => process.deposit(name, 1n)));
    const [gate] = holdThoseOf(process, 'a');
    slowReads(process);
    const held = process.deposit('a', 1n);
    await runReady();
    const all = warm.map((name) => process.deposit(name, 1n, `key-${name}`));
    await untilQuiet();
    const during = warm.map((name) => balanceIn(process, name));
    gate?.open();
    await Promise.all([held, ...all]);
    expect(during).toEqual(warm.map(() => 2n));
  });

  test('what waited for the statement that landed goes out beside the stuck one', async () => {
    const first = names(20, 'p');
    const second = names(20, 'q');
    const process = processWith({ ...zero(first), ...zero(second) }, { besideMin: 8 });
    await Promise.all([...first, ...second].map((name) => process.deposit(name, 1n)));
    const [p, q] = holdThoseOf(process, 'p0', 'q0');
    const one = first.map((name) => process.deposit(name, 1n));
    await untilQuiet();
    // These deposits wait for the accounts of the first statement.
    const waiting = first.map((name) => process.deposit(name, 1n));
    await untilQuiet();
    // The second statement is sent, and is stuck.
    const two = second.map((name) => process.deposit(name, 1n));
    await untilQuiet();
    p?.open();
    await Promise.all(one);
    await untilQuiet();
    const during = first.map((name) => balanceIn(process, name));
    q?.open();
    await Promise.all([...two, ...waiting]);
    expect(during).toEqual(first.map(() => 3n));
  });
});

describe('units that are written alone', () => {
  test('while one of them waits for a lock, thirty others go out', async () => {
    const warm = names(30, 'y');
    const process = processWith({ a: 0n, b: 0n, c: 0n, ...zero(warm) }, { besideMin: 8 });
    await Promise.all(['a', 'b', 'c', ...warm].map((name) => process.deposit(name, 1n)));
    let blocked = 0;
    const gate = new Gate();
    const append = process.journal.append.bind(process.journal);
    process.journal.append = async (batch) => {
      const isOfA = batch.entries.some(({ account }) => account === 'a');
      if (isOfA && batch.entries.length > 1 && blocked++ === 0)
        return { kind: 'blocked', fault: new UnavailableError('Lock timeout', 'not-started', { away: 'lock' }) };
      if (isOfA) await gate.pass();
      return append(batch);
    };
    const three = ['a', 'b', 'c'].map((name) => process.deposit(name, 1n));
    await untilQuiet();
    const all = warm.map((name) => process.deposit(name, 1n));
    await untilQuiet();
    const during = warm.map((name) => balanceIn(process, name));
    const b = balanceIn(process, 'b');
    gate.open();
    await Promise.all([...three, ...all]);
    expect([b, during]).toEqual([2n, warm.map(() => 2n)]);
  });
});

/**
 * Milliseconds until a deposit to a contested account is durable, while units of forty other accounts keep the
 * statements busy.
 */
async function contestedLatency(statementsMax: number): Promise<number> {
  const warm = names(40, 'z');
  const process = processWith({ hot: 0n, ...zero(warm) }, { besideMin: 8, statementsMax });
  const { clock } = process;
  const other = beside(process);
  await Promise.all(['hot', ...warm].map((name) => process.deposit(name, 1n)));
  await other.deposit('hot', 1n);
  // This conflict makes the account contested for two seconds.
  await process.deposit('hot', 1n);
  const writing: Gate[] = [];
  process.journal.before = (call) => {
    if (call.kind !== 'append') return Promise.resolve();
    const gate = new Gate();
    writing.push(gate);
    return gate.pass();
  };
  const all: Promise<unknown>[] = [];
  const load = async (part: readonly string[]): Promise<void> => {
    for (const name of part) all.push(process.deposit(name, 1n));
    await untilQuiet();
  };
  await load(warm.slice(0, 20));
  await load(warm.slice(20));
  await load(warm.slice(20));
  const startMs = clock.nowMs;
  const landed: number[] = [];
  const hot = process.deposit('hot', 1n).then(() => landed.push(clock.nowMs));
  for (let round = 0; landed.length === 0 && round < 1_000; round += 1) {
    await load(warm);
    // Each statement takes ten milliseconds.
    clock.nowMs += 10;
    writing.shift()?.open();
    await untilQuiet();
  }
  process.journal.before = () => Promise.resolve();
  for (const gate of writing) gate.open();
  await Promise.all([...all, hot]);
  return (landed[0] ?? Number.POSITIVE_INFINITY) - startMs;
}

describe('contested accounts', () => {
  test.each([1, 2])(
    'get their turn within a few statements, with %i in flight',
    async (statementsMax) => {
      expect(await contestedLatency(statementsMax)).toBeLessThan(100);
    },
    60_000,
  );
});

import { writeMove } from '../../src/engine/transactions/moveUnit';
import { Gate, runReady } from '../support/memoryGate';
import { balanceIn, type Process, posting, processWith } from './bank';

/** Holds all statements about the account at the gate. */
function holdThoseOf(process: Process, account: string): Gate {
  const gate = new Gate();
  process.journal.before = (call) => {
    const isOf = call.kind === 'append' && call.batch.entries.some((entry) => entry.account === account);
    return isOf ? gate.pass() : Promise.resolve();
  };
  return gate;
}

const warm = async (process: Process, ...accounts: readonly string[]): Promise<void> => {
  await Promise.all(accounts.map((account) => process.deposit(account, 1n)));
};

describe('statements in flight', () => {
  test('share no account, and no money is lost between them', async () => {
    const accounts = Array.from({ length: 40 }, (_, n) => `account-${n}`);
    const process = processWith(Object.fromEntries(accounts.map((account) => [account, 100n])));
    const inFlight = new Set<ReadonlySet<string>>();
    let most = 0;
    const of = (call: Parameters<typeof process.journal.before>[0]): ReadonlySet<string> | undefined =>
      call.kind === 'append' ? new Set(call.batch.entries.map(({ account }) => account)) : undefined;
    const running = new Map<unknown, ReadonlySet<string>>();
    process.journal.before = async (call) => {
      const mine = of(call);
      if (!mine) return;
      for (const other of inFlight) expect([...mine].filter((account) => other.has(account))).toEqual([]);
      inFlight.add(mine);
      running.set(call, mine);
      most = Math.max(most, inFlight.size);
      for (let turn = 0; turn < 3; turn += 1) await runReady();
    };
    process.journal.after = async (call) => {
      const mine = running.get(call);
      if (mine) inFlight.delete(mine);
    };
    const transfers: Promise<unknown>[] = [];
    for (let n = 0; n < 60; n += 1) {
      const origin = accounts[(n * 7) % 40] as string;
      const destination = accounts[(n * 7 + 1 + (n % 11)) % 40] as string;
      transfers.push(process.created([posting(origin, destination, 3n)]));
      if (n % 3 === 0) await runReady();
    }
    await Promise.all(transfers);
    await process.drives.drained();
    expect(most).toBe(2);
    expect(accounts.reduce((sum, account) => sum + balanceIn(process, account), 0n)).toBe(4_000n);
  });

  test('leave out what too few units wait for', async () => {
    const process = processWith({ a: 0n, b: 0n, c: 0n }, { besideMin: 2 });
    await warm(process, 'a', 'b', 'c');
    const gate = holdThoseOf(process, 'a');
    const held = process.deposit('a', 1n);
    await runReady();
    const alone = process.deposit('b', 1n);
    await runReady();
    expect(balanceIn(process, 'b')).toBe(1n);
    await Promise.all([process.deposit('c', 1n), alone]);
    expect([balanceIn(process, 'a'), balanceIn(process, 'b'), balanceIn(process, 'c')]).toEqual([1n, 2n, 2n]);
    gate.open();
    await held;
  });

  test('do not let a later unit have an account that an earlier one waits for', async () => {
    const process = processWith({ a: 9n, b: 0n });
    await warm(process, 'a', 'b');
    const gate = holdThoseOf(process, 'a');
    const held = process.deposit('a', 1n);
    await runReady();
    const order: string[] = [];
    const transfer = process.created([posting('a', 'b', 5n)]).then(() => order.push('transfer'));
    await runReady();
    const deposit = process.deposit('b', 1n).then(() => order.push('deposit'));
    await runReady();
    expect([process.appends.at(-1)?.entries, order]).toMatchObject([[{ account: 'a' }], []]);
    gate.open();
    await Promise.all([held, transfer, deposit]);
    await process.drives.drained();
    expect([balanceIn(process, 'a'), balanceIn(process, 'b')]).toEqual([6n, 7n]);
  });

  test('do not move one transaction: the second move waits, and is refused by what the first one wrote', async () => {
    const process = processWith({ a: 9n, b: 0n });
    const transaction = await process.created([posting('a', 'b', 5n)], { id: 't', expiresInMs: 60_000 });
    expect(transaction.record.state.status).toBe('authorized');
    const gate = process.hold('append');
    const before = process.appends.length;
    const first = writeMove(process.commit, { id: 't', from: 'authorized', to: 'committing' });
    await runReady();
    const second = writeMove(process.commit, { id: 't', from: 'authorized', to: 'aborting' });
    await runReady();
    expect(process.appends.length - before).toBe(1);
    gate.open();
    await expect(first).resolves.toBeDefined();
    await expect(second).resolves.toBeUndefined();
  });

  test('do not use one key: the second unit waits, and finds the answer of the first one', async () => {
    const process = processWith({ a: 0n, b: 0n });
    await warm(process, 'a', 'b');
    const gate = holdThoseOf(process, 'a');
    const first = process.ask('a', { type: 'Deposit', amount: 5n }, { key: 'k', fingerprint: 'f' });
    await runReady();
    const second = process.ask('b', { type: 'Deposit', amount: 5n }, { key: 'k', fingerprint: 'f' });
    await runReady();
    expect(balanceIn(process, 'b')).toBe(1n);
    gate.open();
    await expect(first).resolves.toMatchObject({ kind: 'accepted', balance: 6n });
    await expect(second).resolves.toMatchObject({ kind: 'accepted', balance: 6n, replayed: true });
    expect(balanceIn(process, 'b')).toBe(1n);
  });

  test('go on while another one waits for the database', async () => {
    const process = processWith({ a: 0n, b: 0n });
    await warm(process, 'a', 'b');
    const gate = holdThoseOf(process, 'a');
    const held = process.deposit('a', 1n);
    await runReady();
    for (let n = 0; n < 3; n += 1) await process.deposit('b', 1n);
    expect([balanceIn(process, 'a'), balanceIn(process, 'b')]).toEqual([1n, 4n]);
    gate.open();
    await expect(held).resolves.toMatchObject({ balance: 2n });
  });
});

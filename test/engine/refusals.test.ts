import { UnavailableError } from '../../src/engine/faults';
import { type Staged, takeWritable } from '../../src/engine/staged';
import { Gate, settled, watch } from '../support/memoryGate';
import { AccountHarness, elsewhere } from './accountHarness';

/** One turn of the event loop. */
const turn = (): Promise<void> => new Promise((done) => setImmediate(done));

describe('a refusal that is stored under its key', () => {
  /**
   * A withdrawal of 6 with 6 free at every moment, while repetitions that hold nothing more are taken for new ones: one
   * before it is decided, one while it reads.
   */
  async function amongRepetitions(
    harness: AccountHarness,
    repetitions: readonly [() => Promise<unknown>, () => Promise<unknown>],
  ): Promise<unknown> {
    const writes = harness.holdWrites();
    const others = [harness.prepareDebit('too much', 100n)];
    await settled();
    const first = repetitions[0]();
    const withdrawal = harness.money('Withdraw', 6n, { key: 'withdrawal' });
    await settled();
    const loads = harness.holdLoads('after');
    writes.letWaitingPass();
    await settled();
    writes.letWaitingPass();
    await settled();
    others.push(harness.money('Deposit', 1n));
    await settled();
    const second = repetitions[1]();
    await settled();
    loads.open();
    await settled();
    writes.open();
    await Promise.all([...others, first, second]);
    return withdrawal;
  }

  test('does not rest on the hold of a prepare that turns out to be a repetition', async () => {
    const harness = AccountHarness.withBalance(10n);
    await elsewhere(harness).prepareDebit('t1', 2n);
    await elsewhere(harness).prepareDebit('t2', 2n);
    const prepared = await amongRepetitions(harness, [
      () => harness.prepareDebit('t1', 2n),
      () => harness.prepareDebit('t2', 2n),
    ]);
    expect(prepared).toMatchObject({ kind: 'done' });
  });

  test('does not rest on a withdrawal that turns out to be a repetition', async () => {
    const before = AccountHarness.withBalance(10n);
    await before.money('Withdraw', 2n, { key: 'k1' });
    await before.money('Withdraw', 2n, { key: 'k2' });
    const harness = elsewhere(before);
    const withdrawn = await amongRepetitions(harness, [
      () => harness.money('Withdraw', 2n, { key: 'k1' }),
      () => harness.money('Withdraw', 2n, { key: 'k2' }),
    ]);
    expect(withdrawn).toMatchObject({ kind: 'done' });
  });

  test('is written first or alone, whatever is staged', () => {
    const entries = {
      event: { event: { type: 'MoneyDeposited', amount: 1n } },
      refusal: { operation: { scope: 's', key: 'k', fingerprint: 'f', refusal: { kind: 'account-not-found' } } },
      nothing: undefined,
    } as const;
    const staged = (['event', 'nothing', 'refusal', 'refusal', 'event', 'refusal'] as const).map(
      (what, ticket): Staged => {
        const message = { kind: 'branch', command: { type: 'AbortBranch', transactionId: what } } as const;
        const reply = { resolve: () => undefined, reject: () => undefined };
        const entry = entries[what];
        return { message, reply, ticket, answer: { kind: 'done' }, ...(entry && { entry }) };
      },
    );
    const batches: string[][] = [];
    while (staged.length > 0) {
      batches.push(
        takeWritable(staged).map(({ message }) =>
          'transactionId' in message.command ? message.command.transactionId : '',
        ),
      );
    }
    expect(batches).toEqual([['event', 'nothing'], ['refusal', 'refusal', 'event'], ['refusal']]);
  });
});

test('a refusal is told while deposits keep coming', async () => {
  const harness = AccountHarness.withBalance(10n);
  harness.store.after = async ({ kind }) => {
    if (kind !== 'write') return;
    await turn();
    await turn();
  };
  const deposits: Promise<unknown>[] = [];
  const first = watch(harness.prepareDebit('t1', 1_000_000n));
  await Promise.resolve();
  deposits.push(harness.money('Deposit', 1n));
  const second = watch(harness.prepareDebit('t2', 1_000_000n));
  for (let n = 0; n < 1_000 && second.state() === 'pending'; n += 1) {
    deposits.push(harness.money('Deposit', 1n));
    await turn();
  }
  expect([first.state(), second.state()]).toEqual(['resolved', 'resolved']);
  await Promise.all(deposits);
});

test.each(['cold', 'warm'])('a repeated prepare is not refused for its own hold that was lost (%s)', async (kind) => {
  const harness = AccountHarness.withBalance(kind === 'cold' ? 10n : 110n);
  if (kind === 'warm') {
    await harness.money('Deposit', 1n);
    await elsewhere(harness).money('Withdraw', 101n, { key: 'elsewhere' });
  }
  const gates = { write: new Gate(), load: new Gate(), loadBranch: new Gate() };
  gates.load.open();
  gates.loadBranch.open();
  harness.store.before = (call) => gates[call.kind].pass();
  const others: Promise<unknown>[] = [harness.money('Deposit', 1n)];
  await settled();
  const lost = harness.prepareDebit('t1', 6n).catch(() => 'lost');
  const repeated = harness.prepareDebit('t1', 6n);
  others.push(lost, harness.prepareDebit('too much', 100n));
  await settled();
  gates.write.letWaitingPass();
  await settled();
  gates.loadBranch = new Gate();
  gates.write.letWaitingPass();
  await settled();
  gates.load = new Gate();
  gates.write.failWaiting(new UnavailableError('away', 'unknown'));
  await settled();
  gates.loadBranch.open();
  await settled();
  gates.load.open();
  gates.write.open();
  await expect(repeated).resolves.toMatchObject({ kind: 'done' });
  await Promise.all(others);
});

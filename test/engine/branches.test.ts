import { runReady } from '../support/memoryGate';
import { accountIn, beside, type Process, posting, processWith } from './bank';

const T = 't1';
const query = { postings: [posting('a', 'b', 6n)] };
const prepare = (process: Process, account = 'a', id = T) => process.branches.of(account).prepare(id, query);
const commit = (process: Process, account = 'a', id = T) => process.branches.of(account).commit(id, query);
const abort = (process: Process, account = 'a', id = T) =>
  process.branches.of(account).abort(id, { kind: 'client', reason: 'test' });

const REFUSED = { kind: 'abort', reason: { kind: 'branch-aborted', account: 'a' } };

describe('an account as a branch', () => {
  test('votes to commit only when its hold is durable', async () => {
    const process = processWith({ a: 10n });
    const gate = process.hold('append', 'after');
    let vote: unknown;
    const voting = prepare(process).then((given) => {
      vote = given;
    });
    await runReady();
    expect([vote, accountIn(process, 'a').held]).toEqual([undefined, 6n]);
    gate.open();
    await voting;
    expect(vote).toEqual({ kind: 'commit' });
  });

  test('tells why it votes to abort, and writes nothing', async () => {
    const process = processWith({ a: 5n });
    await expect(prepare(process)).resolves.toEqual({
      kind: 'abort',
      reason: { kind: 'insufficient-funds', account: 'a', missing: 1n },
    });
    expect(process.database.journal('a')).toHaveLength(2);
  });

  test('a vote to abort rests on the account as it is in the database', async () => {
    const process = processWith({ a: 5n });
    await expect(prepare(process)).resolves.toMatchObject({ kind: 'abort' });
    await beside(process).deposit('a', 1n);
    await expect(prepare(process, 'a', 't2')).resolves.toEqual({ kind: 'commit' });
  });

  test('is prepared, committed and aborted once, however often it is told', async () => {
    const process = processWith({ a: 20n });
    for (let n = 0; n < 2; n += 1) await expect(prepare(process)).resolves.toEqual({ kind: 'commit' });
    for (let n = 0; n < 2; n += 1) await commit(process);
    await expect(prepare(process)).resolves.toEqual({ kind: 'commit' });
    for (let n = 0; n < 2; n += 1) await abort(process, 'a', 't2');
    await expect(prepare(process, 'a', 't2')).resolves.toEqual(REFUSED);
    expect(process.journal.kinds().flat()).toEqual(['hold', 'spend', 'tombstone']);
    expect(accountIn(process, 'a')).toMatchObject({ balance: 14n, held: 0n });
  });

  test('is found in the journal by a process that never heard of it', async () => {
    const process = processWith({ a: 20n });
    await prepare(process);
    await prepare(process, 'a', 't2');
    await abort(beside(process), 'a', 't2');
    await commit(beside(process));
    await commit(beside(process));
    await expect(prepare(beside(process), 'a', 't2')).resolves.toEqual(REFUSED);
    expect(accountIn(process, 'a')).toMatchObject({ balance: 14n, held: 0n });
  });

  test('an abort that comes before the prepare refuses every later prepare', async () => {
    const process = processWith({ a: 10n });
    await Promise.all([abort(process), expect(prepare(process)).resolves.toEqual(REFUSED)]);
    await expect(prepare(beside(process))).resolves.toEqual(REFUSED);
    expect(process.journal.kinds().flat()).toEqual(['tombstone']);
  });

  test('what no correct coordinator asks stops the transaction, whatever is retried', async () => {
    const process = processWith({ a: 10n });
    await expect(commit(process)).rejects.toMatchObject({ name: 'TerminalError' });
    await prepare(process);
    await commit(process);
    await expect(abort(process)).rejects.toMatchObject({ name: 'TerminalError' });
  });

  test.each([
    ['aborted', abort, REFUSED, 10n],
    ['committed', commit, { kind: 'commit' }, 4n],
  ] as const)(
    'a prepare that looked it up before another process prepared and %s it looks again, and holds nothing',
    async (_, end, vote, balance) => {
      const process = processWith({ a: 10n });
      await process.deposit('a', 0n);
      const gate = process.hold('readBranches', 'after');
      const late = prepare(process);
      await runReady();
      const other = beside(process);
      await prepare(other);
      await end(other);
      const deposit = process.deposit('a', 0n);
      await runReady();
      gate.open();
      await deposit;
      await expect(late).resolves.toEqual(vote);
      expect(accountIn(process, 'a')).toMatchObject({ balance, held: 0n });
    },
  );
});

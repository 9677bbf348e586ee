import { UnavailableError } from '../../src/engine/faults';
import { runReady } from '../support/memoryGate';
import { accountIn, balanceIn, beside, posting, processWith } from './bank';

const postings = [posting('a', 'b', 6n)];

describe('a transfer that ends in the statement that begins it', () => {
  test('passes both phases in one statement: each branch is prepared, then committed', async () => {
    const process = processWith({ a: 10n, b: 0n });
    const { record } = await process.created(postings, { id: 't' });
    expect(record.state.status).toBe('committed');
    expect(process.journal.kinds()).toEqual([['hold', 'expect', 'spend', 'receive']]);
    expect(process.statuses('t')).toEqual(['preparing', 'committing', 'committed']);
    expect([accountIn(process, 'a'), accountIn(process, 'b')]).toMatchObject([
      { balance: 4n, held: 0n },
      { balance: 6n, incoming: 0n },
    ]);
    expect([process.drives.load, process.wakeUps.drives]).toEqual([0, []]);
  });

  test('is returned as it is stored', async () => {
    const process = processWith({ a: 10n, b: 0n });
    const { record } = await process.created(postings, { id: 't', metadata: { order: 7 }, requestedBy: 'alice' });
    expect(record).toMatchObject({ ...process.transactions.record('t'), remainingMs: expect.any(Number) });
    const refused = await process.created([posting('a', 'b', 100n)], { id: 'refused' });
    expect(refused.record).toMatchObject({ ...process.transactions.record('refused'), remainingMs: 10_000 });
  });

  test('spends what another transfer pays in the same statement', async () => {
    const process = processWith({ a: 10n, b: 0n, c: 0n });
    await Promise.all([process.created([posting('a', 'b', 10n)]), process.created([posting('b', 'c', 10n)])]);
    expect(process.journal.kinds()).toHaveLength(1);
    expect(['a', 'b', 'c'].map((account) => balanceIn(process, account))).toEqual([0n, 0n, 10n]);
  });

  test('is decided again after a conflict, on the balances of that moment', async () => {
    const process = processWith({ a: 10n, b: 0n });
    const other = beside(process);
    await other.deposit('a', 0n);
    const gate = process.hold('append');
    const creating = process.created(postings, { id: 't' });
    await runReady();
    await other.withdraw('a', 10n);
    gate.open();
    const { record } = await creating;
    expect(record.state).toMatchObject({ status: 'aborted', reason: { kind: 'branches', reasons: [{ branch: 'a' }] } });
    expect(balanceIn(process, 'a')).toBe(0n);
  });

  test.each(['before', 'after'] as const)(
    'ends once when the connection is lost %s the statement takes effect',
    async (where) => {
      const process = processWith({ a: 10n, b: 0n });
      let isFirst = true;
      process.journal[where] = async ({ kind }) => {
        if (kind !== 'append' || !isFirst) return;
        isFirst = false;
        throw new UnavailableError('the connection was lost', 'unknown');
      };
      const { record } = await process.created(postings, { id: 't' });
      expect(record.state.status).toBe('committed');
      expect(process.database.journal('a').map(({ kind }) => kind)).toEqual(['opened', 'deposit', 'hold', 'spend']);
    },
  );

  test('that waits for a capture takes its first step only', async () => {
    const process = processWith({ a: 10n, b: 0n });
    const options = { id: 't', query: { capture: 'manual' as const }, expiresInMs: 60_000 };
    await expect(process.created(postings, options)).resolves.toMatchObject({
      record: { state: { status: 'authorized' }, remainingMs: 60_000 },
    });
    expect(process.journal.kinds()).toEqual([['hold', 'expect']]);
  });
});

import { UnavailableError } from '../../src/engine/faults';
import type { Appended } from '../../src/engine/journal/entries';
import { accountIn, balanceIn, type Process, posting, processWith } from './bank';

const unknown = () => new UnavailableError('the connection was lost', 'unknown');
const notStarted = () => new UnavailableError('no connection', 'not-started');

/** Makes `times` appends fail, before or after they took effect. */
function lose(process: Process, where: 'before' | 'after', times: number, error: () => Error = unknown): void {
  let left = times;
  process.journal[where] = async ({ kind }) => {
    if (kind !== 'append' || left <= 0) return;
    left -= 1;
    throw error();
  };
}

describe.each(['before', 'after'] as const)('a statement whose answer was lost, %s it took effect', (where) => {
  test.each([
    ['with a key', 'k'],
    ['without a key', undefined],
  ])('applies a deposit %s once, and tells the client so', async (_, key) => {
    const process = processWith({ a: 10n });
    lose(process, where, 2);
    const reply = await process.deposit('a', 5n, key);
    expect(reply).toMatchObject({ kind: 'accepted', balance: 15n });
    expect('replayed' in reply && reply.replayed).toBeFalsy();
    expect(balanceIn(process, 'a')).toBe(15n);
    if (key) await expect(process.deposit('a', 5n, key)).resolves.toMatchObject({ balance: 15n, replayed: true });
  });

  test('tells the first answer when the account has changed since', async () => {
    const process = processWith({ a: 10n });
    lose(process, where, 1);
    const replies = await Promise.all([process.withdraw('a', 8n, 'k'), process.withdraw('a', 8n, 'other')]);
    expect(replies).toMatchObject([
      { kind: 'accepted', balance: 2n },
      { kind: 'refused', refusal: { missing: 6n } },
    ]);
  });

  test('holds once for a branch that was prepared', async () => {
    const process = processWith({ a: 10n });
    lose(process, where, 2);
    const query = { postings: [posting('a', 'b', 6n)] };
    await expect(process.branches.of('a').prepare('t', query)).resolves.toEqual({ kind: 'commit' });
    expect(accountIn(process, 'a')).toMatchObject({ balance: 10n, held: 6n });
  });

  test.each(['k', undefined])('begins a transfer once (key %s), and ends it once', async (key) => {
    const process = processWith({ a: 10n, b: 0n });
    lose(process, where, 3);
    const options = key === undefined ? {} : { key: { scope: 's', key, fingerprint: 'f' } };
    const creation = await process.transfer([posting('a', 'b', 6n)], { id: 't', ...options });
    expect(creation).toMatchObject({ kind: 'created', transaction: { id: 't' } });
    await process.drives.drained();
    expect([balanceIn(process, 'a'), balanceIn(process, 'b')]).toEqual([4n, 6n]);
    expect(process.statuses('t')).toEqual(['preparing', 'committing', 'committed']);
  });

  test('again and again is told as unknown, though the last attempt never began', async () => {
    const process = processWith({ a: 10n });
    let attempt = 0;
    lose(process, where, 4, () => {
      attempt += 1;
      return attempt === 1 ? unknown() : notStarted();
    });
    await expect(process.deposit('a', 5n, 'k')).rejects.toMatchObject({ outcome: 'unknown' });
    await process.deposit('a', 5n, 'k');
    expect(balanceIn(process, 'a')).toBe(15n);
  });
});

test('a statement that may have landed is told as unknown, though other processes were first ever since', async () => {
  const process = processWith({ a: 10n }, { conflictsMax: 5 });
  lose(process, 'before', 1);
  process.journal.instead = () => ({ kind: 'conflict', lost: new Set() });
  await expect(process.deposit('a', 5n)).rejects.toMatchObject({ outcome: 'unknown' });
});

test('a statement that never began is repeated, and told as not begun when none of them did', async () => {
  const process = processWith({ a: 10n });
  lose(process, 'before', 3, notStarted);
  await expect(process.deposit('a', 5n)).resolves.toMatchObject({ balance: 15n });
  lose(process, 'before', 4, notStarted);
  await expect(process.deposit('a', 5n)).rejects.toMatchObject({ outcome: 'not-started' });
  expect(balanceIn(process, 'a')).toBe(15n);
});

test.each([
  ['with a key', 'k'],
  ['without a key', undefined],
])('a statement that takes effect after its process gave it up applies a deposit %s once', async (_, key) => {
  const process = processWith({ a: 10n });
  const { journal } = process;
  const append = journal.append.bind(journal);
  let late: (() => Promise<Appended>) | undefined;
  let attempts = 0;
  journal.append = async (batch) => {
    attempts += 1;
    if (attempts === 1) {
      late = () => append(batch);
      throw unknown();
    }
    // The lost statement commits between the read of its effect and its retry.
    if (attempts === 2) await late?.();
    return append(batch);
  };
  await expect(process.deposit('a', 5n, key)).resolves.toMatchObject({ kind: 'accepted', balance: 15n });
  expect([attempts >= 2, balanceIn(process, 'a')]).toEqual([true, 15n]);
});

describe.each(['capture', 'void', 'abort'] as const)('a %s whose statement may be carried out later', (verb) => {
  /** The row stays locked by the session that was cut off with the first statement. No later statement begins. */
  async function decided(): Promise<unknown> {
    const process = processWith({ a: 10n, b: 0n });
    process.leads = verb !== 'abort';
    const manual = { query: { capture: 'manual' as const }, expiresInMs: 60_000 };
    const transaction = await process.created([posting('a', 'b', 6n)], verb === 'abort' ? {} : manual);
    const { instead } = process.journal;
    process.journal.instead = () => {
      process.journal.instead = instead;
      lose(process, 'before', 9, notStarted);
      return { kind: 'written', at: '2026-11-29T12:00:00.000Z', moved: new Set() };
    };
    if (verb === 'capture') return transaction.capture(transaction.query());
    return verb === 'void' ? transaction.void() : transaction.abort();
  }

  test('is told as unknown, though the last attempt never began', async () => {
    await expect(decided()).rejects.toMatchObject({ outcome: 'unknown' });
  });
});

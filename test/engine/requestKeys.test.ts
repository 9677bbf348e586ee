import { runReady } from '../support/memoryGate';
import { balanceIn, beside, posting, processWith } from './bank';

describe('a keyed deposit or withdrawal', () => {
  test('fifty at once with one key write once and all get the same answer', async () => {
    const process = processWith({ a: 0n });
    const replies = await Promise.all(Array.from({ length: 50 }, () => process.deposit('a', 5n, 'k')));
    expect(process.journal.kinds().flat()).toEqual(['deposit']);
    for (const reply of replies) expect(reply).toMatchObject({ kind: 'accepted', balance: 5n });
    expect(replies.filter((reply) => 'replayed' in reply && reply.replayed)).toHaveLength(49);
  });

  test('repeated later gets the first answer, whatever has happened since', async () => {
    const process = processWith({ a: 10n });
    await process.withdraw('a', 4n, 'k');
    await process.deposit('a', 100n);
    const amounts = { balance: 6n, held: 0n, incoming: 0n, available: 6n };
    await expect(process.withdraw('a', 4n, 'k')).resolves.toEqual({ kind: 'accepted', ...amounts, replayed: true });
    expect(balanceIn(process, 'a')).toBe(106n);
  });

  test('that was refused stays refused, when there are funds too', async () => {
    const process = processWith({ a: 1n });
    const refused = { kind: 'refused', refusal: { kind: 'insufficient-funds', missing: 3n } };
    await expect(process.withdraw('a', 4n, 'k')).resolves.toEqual(refused);
    await process.deposit('a', 100n);
    await expect(process.withdraw('a', 4n, 'k')).resolves.toEqual({ ...refused, replayed: true });
    expect(balanceIn(process, 'a')).toBe(101n);
  });

  test('a refusal that is kept never rests on an account that another process has changed', async () => {
    const process = processWith({ a: 1n });
    await process.deposit('a', 0n);
    await beside(process).deposit('a', 9n);
    await expect(process.withdraw('a', 10n, 'k')).resolves.toMatchObject({ kind: 'accepted', balance: 0n });
  });

  test('a refusal that is kept never rests on what was decided in a statement that did not land', async () => {
    const process = processWith({ a: 10n, b: 0n });
    await process.deposit('a', 0n);
    await beside(process).deposit('b', 0n);
    const gate = process.hold('append');
    const first = process.withdraw('a', 8n, 'first');
    const second = process.withdraw('a', 8n, 'second');
    await runReady();
    // Both wait in one statement, which conflicts with another process's write.
    await beside(process).deposit('a', 6n);
    gate.open();
    await expect(first).resolves.toMatchObject({ balance: 8n });
    await expect(second).resolves.toMatchObject({ balance: 0n });
  });

  test('with the key of another request is a mistake and changes nothing', async () => {
    const process = processWith({ a: 10n });
    await process.withdraw('a', 4n, 'k');
    await expect(process.withdraw('a', 5n, 'k')).resolves.toEqual({ kind: 'key-reused' });
    await expect(process.deposit('a', 4n, 'k')).resolves.toEqual({ kind: 'key-reused' });
    expect(balanceIn(process, 'a')).toBe(6n);
  });

  test('beside another request with the same key: one is carried out, the other is told of its mistake', async () => {
    const process = processWith({ a: 10n });
    const [first, other, repeated] = await Promise.all([
      process.withdraw('a', 4n, 'k'),
      process.withdraw('a', 5n, 'k'),
      process.withdraw('a', 4n, 'k'),
    ]);
    expect(first).toMatchObject({ kind: 'accepted', balance: 6n });
    expect(other).toEqual({ kind: 'key-reused' });
    expect(repeated).toMatchObject({ balance: 6n, replayed: true });
  });

  test('carried out by another process is not carried out again, at the same moment neither', async () => {
    const here = processWith({ a: 10n });
    const there = beside(here);
    for (const process of [here, there]) process.journal.before = runReady;
    const replies = await Promise.all([here.withdraw('a', 4n, 'k'), there.withdraw('a', 4n, 'k')]);
    expect(replies).toMatchObject([{ balance: 6n }, { balance: 6n }]);
    await expect(here.withdraw('a', 4n, 'k')).resolves.toMatchObject({ balance: 6n, replayed: true });
    expect(balanceIn(here, 'a')).toBe(6n);
  });

  test('on different accounts with one key: one is carried out, the other is told of its mistake', async () => {
    const process = processWith({ a: 10n, b: 10n });
    const replies = await Promise.all([process.withdraw('a', 4n, 'k'), process.withdraw('b', 4n, 'k')]);
    expect(replies).toMatchObject([{ kind: 'accepted' }, { kind: 'key-reused' }]);
    expect([balanceIn(process, 'a'), balanceIn(process, 'b')]).toEqual([6n, 10n]);
  });

  test('without a client’s key asks nothing about its key, unless a write of it may have landed', async () => {
    const process = processWith({ a: 10n });
    await process.withdraw('a', 4n);
    expect(process.journal.calls.map(({ kind }) => kind)).toEqual(['load', 'append']);
  });
});

describe('a keyed transfer', () => {
  const KEY = { scope: 's', key: 'k', fingerprint: 'f' };
  const postings = [posting('a', 'b', 4n)];

  test('repeated finds its transaction, at the same moment too', async () => {
    const process = processWith({ a: 10n, b: 0n });
    const both = await Promise.all(['t1', 't2'].map((id) => process.transfer(postings, { id, key: KEY })));
    expect(both).toMatchObject([
      { kind: 'created', transaction: { id: 't1' } },
      { kind: 'replayed', transaction: { id: 't1' } },
    ]);
    await process.drives.drained();
    await expect(process.transfer(postings, { id: 't3', key: KEY })).resolves.toMatchObject({
      kind: 'replayed',
      transaction: { id: 't1', record: { state: { status: 'committed' } } },
    });
    expect(balanceIn(process, 'b')).toBe(4n);
  });

  test('of two processes at once is begun once', async () => {
    const here = processWith({ a: 10n, b: 0n });
    const there = beside(here);
    for (const process of [here, there]) process.journal.before = runReady;
    const both = await Promise.all([
      here.transfer(postings, { id: 't1', key: KEY }),
      there.transfer(postings, { id: 't2', key: KEY }),
    ]);
    expect(both.map(({ kind }) => kind).toSorted()).toEqual(['created', 'replayed']);
    await Promise.all([here, there].map(({ drives }) => drives.drained()));
    expect([balanceIn(here, 'b'), here.database.transactions.size]).toEqual([4n, 1]);
  });

  test('that was refused stays refused', async () => {
    const process = processWith({ a: 1n, b: 0n });
    await process.transfer(postings, { id: 't1', key: KEY });
    await process.deposit('a', 100n);
    await expect(process.transfer(postings, { id: 't2', key: KEY })).resolves.toMatchObject({
      kind: 'replayed',
      transaction: { id: 't1', record: { state: { status: 'aborted' } } },
    });
  });

  test('with the key of another request, or of a deposit, is a mistake', async () => {
    const process = processWith({ a: 10n, b: 0n });
    await process.transfer(postings, { id: 't1', key: KEY });
    const other = { ...KEY, fingerprint: 'g' };
    await expect(process.transfer(postings, { id: 't2', key: other })).resolves.toEqual({ kind: 'key-reused' });
    await expect(process.deposit('a', 1n, 'k')).resolves.toEqual({ kind: 'key-reused' });
    await process.deposit('a', 1n, 'deposit');
    const ofDeposit = { ...KEY, key: 'deposit' };
    await expect(process.transfer(postings, { id: 't3', key: ofDeposit })).resolves.toEqual({ kind: 'key-reused' });
  });
});

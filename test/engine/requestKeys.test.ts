import { UnavailableError } from '../../src/engine/faults';
import { settled } from '../support/memoryGate';
import { ACCOUNT, AccountHarness, elsewhere } from './accountHarness';

describe('a keyed deposit or withdrawal', () => {
  test('fifty at once with one key write once and all get the same answer', async () => {
    const harness = AccountHarness.withBalance(0n);
    const replies = await Promise.all(Array.from({ length: 50 }, () => harness.money('Deposit', 5n, { key: 'k' })));
    expect(harness.store.writes()).toHaveLength(1);
    expect(harness.store.account(ACCOUNT).balance).toBe(5n);
    for (const reply of replies) expect(reply).toMatchObject({ kind: 'done', balance: 5n });
    expect(replies.filter((reply) => 'replayed' in reply && reply.replayed)).toHaveLength(49);
  });

  test('repeated later gets the first answer, whatever has happened since', async () => {
    const harness = AccountHarness.withBalance(10n);
    await harness.money('Withdraw', 4n, { key: 'k' });
    await harness.money('Deposit', 100n);
    await expect(harness.money('Withdraw', 4n, { key: 'k' })).resolves.toEqual({
      kind: 'done',
      balance: 6n,
      held: 0n,
      replayed: true,
    });
    expect(harness.store.account(ACCOUNT).balance).toBe(106n);
  });

  test('that was refused stays refused, when there are funds too', async () => {
    const harness = AccountHarness.withBalance(1n);
    const refused = { kind: 'refused', refusal: { kind: 'insufficient-funds', missing: 3n } };
    await expect(harness.money('Withdraw', 4n, { key: 'k' })).resolves.toEqual(refused);
    await harness.money('Deposit', 100n);
    await expect(harness.money('Withdraw', 4n, { key: 'k' })).resolves.toEqual({ ...refused, replayed: true });
    expect(harness.store.account(ACCOUNT).balance).toBe(101n);
  });

  test('with the key of another request is a mistake and changes nothing', async () => {
    const harness = AccountHarness.withBalance(10n);
    await harness.money('Withdraw', 4n, { key: 'k' });
    await expect(harness.money('Withdraw', 5n, { key: 'k' })).resolves.toEqual({ kind: 'key-reused' });
    await expect(harness.money('Deposit', 4n, { key: 'k' })).resolves.toEqual({ kind: 'key-reused' });
    expect(harness.store.account(ACCOUNT).balance).toBe(6n);
  });

  test('beside another request with the same key: one is carried out, the other is told of its mistake', async () => {
    const harness = AccountHarness.withBalance(10n);
    const gate = harness.holdWrites();
    const first = harness.money('Withdraw', 4n, { key: 'k' });
    const other = harness.money('Withdraw', 5n, { key: 'k' });
    await settled();
    gate.open();
    await expect(first).resolves.toMatchObject({ kind: 'done', balance: 6n });
    await expect(other).resolves.toEqual({ kind: 'key-reused' });
  });

  test('a repetition that follows a mistake with its own key still gets its own first answer', async () => {
    const harness = AccountHarness.withBalance(10n);
    await harness.money('Withdraw', 4n, { key: 'k' });
    const gate = harness.holdWrites();
    const mistake = harness.money('Withdraw', 5n, { key: 'k' });
    const repetition = harness.money('Withdraw', 4n, { key: 'k' });
    await settled();
    gate.open();
    await expect(mistake).resolves.toEqual({ kind: 'key-reused' });
    await expect(repetition).resolves.toMatchObject({ kind: 'done', balance: 6n, replayed: true });
  });

  test('carried out by another process is not carried out again', async () => {
    const here = AccountHarness.withBalance(10n);
    await elsewhere(here).money('Withdraw', 4n, { key: 'k' });
    await expect(here.money('Withdraw', 4n, { key: 'k' })).resolves.toMatchObject({ balance: 6n, replayed: true });
    await expect(here.prepareDebit('t', 6n)).resolves.toMatchObject({ kind: 'done' });
    expect(here.store.account(ACCOUNT)).toMatchObject({ balance: 6n, held: 6n });
  });

  test('what was decided behind a repetition does not count its money twice', async () => {
    const here = AccountHarness.withBalance(10n);
    await elsewhere(here).money('Withdraw', 4n, { key: 'k' });
    const gate = here.holdWrites();
    const warm = here.prepareDebit('warm', 1n);
    await settled();
    const repeated = here.money('Withdraw', 4n, { key: 'k' });
    const prepared = here.prepareDebit('t', 5n);
    await settled();
    gate.open();
    await warm;
    await expect(repeated).resolves.toMatchObject({ replayed: true });
    await expect(prepared).resolves.toMatchObject({ kind: 'done' });
    expect(here.store.account(ACCOUNT)).toMatchObject({ balance: 6n, held: 6n });
  });

  test('whose outcome is unknown tells all who asked so, and its repetition finds out', async () => {
    const harness = AccountHarness.withBalance(10n);
    const gate = harness.holdWrites('after');
    const away = new UnavailableError('away', 'unknown');
    const asks = [1, 2].map(() => expect(harness.money('Withdraw', 4n, { key: 'k' })).rejects.toBe(away));
    await settled();
    gate.failWaiting(away);
    await Promise.all(asks);
    gate.open();
    await expect(harness.money('Withdraw', 4n, { key: 'k' })).resolves.toMatchObject({ balance: 6n, replayed: true });
    expect(harness.store.account(ACCOUNT).balance).toBe(6n);
  });
});

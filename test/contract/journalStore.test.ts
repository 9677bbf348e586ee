import { uuidv7 } from 'uuidv7';
import { PLAIN_TERMS } from '../../src/domain/account/state';
import { batch, CONFLICT, Entries, expectWritten, opened, type Transfer, transfer } from './batches';
import { STORES, type StoresUnderTest } from './storesUnderTest';

describe.each(STORES)('the journal in %s', (_name, create) => {
  let stores: StoresUnderTest;
  let account: string;
  let other: string;

  beforeAll(async () => {
    stores = await create();
  });

  beforeEach(() => {
    account = `a-${uuidv7()}`;
    other = `b-${uuidv7()}`;
  });

  afterAll(() => stores.close());

  const load = async (id = account) => (await stores.journal.load([id]))[0];
  const entries = (id = account) => Entries.of(stores.journal, id);

  describe('writes all of a batch or nothing', () => {
    test('an account that was written since is a conflict, and the rest of the batch is left out', async () => {
      await opened(stores.journal, account, 10n);
      await opened(stores.journal, other, 10n);
      const stale = await entries();
      const fresh = (await entries(other)).tell({ type: 'Deposit', amount: 1n });
      await stores.journal.append(batch({ entries: (await entries()).tell({ type: 'Deposit', amount: 5n }).list }));
      stale.tell({ type: 'Withdraw', amount: 10n });
      const created = transfer(account, other);
      const key = { scope: 's', key: uuidv7(), fingerprint: 'f' };
      const whole = batch({
        entries: [...stale.list, ...fresh.list],
        created: [created],
        keys: [{ ...key, answer: { kind: 'refused', refusal: { kind: 'account-not-found' } } }],
      });
      await expect(stores.journal.append(whole)).resolves.toEqual(CONFLICT);
      expect((await load())?.state).toMatchObject({ balance: 15n });
      expect((await load(other))?.state).toMatchObject({ balance: 10n });
      await expect(stores.journal.readKeys([key])).resolves.toEqual([undefined]);
      await expect(stores.journal.existing([created.id])).resolves.toEqual(new Set());
    });

    test('an account that was only read has to be as it was read', async () => {
      await opened(stores.journal, account, 10n);
      await opened(stores.journal, other, 10n);
      const { seq } = await entries();
      const written = (await entries(other)).tell({ type: 'Deposit', amount: 1n });
      await stores.journal.append(batch({ entries: (await entries()).tell({ type: 'Deposit', amount: 5n }).list }));
      const resting = (at: number) => batch({ entries: written.list, read: [{ account, seq: at }] });
      await expect(stores.journal.append(resting(seq))).resolves.toEqual(CONFLICT);
      expect((await load(other))?.state).toMatchObject({ balance: 10n });
      expectWritten(await stores.journal.append(resting(seq + 1)));
      expect((await load(other))?.state).toMatchObject({ balance: 11n });
    });

    test('a batch that writes nothing checks what it read', async () => {
      await opened(stores.journal, account);
      expectWritten(await stores.journal.append(batch({ read: [{ account, seq: 1 }] })));
      await expect(stores.journal.append(batch({ read: [{ account, seq: 0 }] }))).resolves.toEqual(CONFLICT);
      expectWritten(await stores.journal.append(batch({ read: [{ account: other, seq: 0 }] })));
    });

    test('an account that was opened since it was found absent is a conflict', async () => {
      const opening = (await entries()).tell({ type: 'Open', terms: PLAIN_TERMS });
      await opened(stores.journal, account, 10n);
      await expect(stores.journal.append(batch({ entries: opening.list }))).resolves.toEqual(CONFLICT);
      expect((await load())?.state).toMatchObject({ balance: 10n });
    });

    test('a branch of another coordinator that is there already is a conflict, and is read as it was written', async () => {
      await opened(stores.journal, account, 10n);
      const name = { id: uuidv7(), caller: 'shop', transaction: uuidv7(), branch: 'b' };
      const asked = { account, direction: 'debit' as const, amount: 7n, currency: 'EUR' };
      const tombstone = { ...name, id: uuidv7(), branch: 'c' };
      expectWritten(await stores.journal.append(batch({ foreign: [{ ...name, asked }, tombstone] })));
      const read = stores.journal.readForeign([tombstone.id, uuidv7(), name.id]);
      await expect(read).resolves.toEqual([tombstone, undefined, { ...name, asked }]);
      const deposit = (await entries()).tell({ type: 'Deposit', amount: 5n });
      for (const again of [name, { ...tombstone, asked }]) {
        const whole = batch({ entries: deposit.list, foreign: [again] });
        await expect(stores.journal.append(whole)).resolves.toEqual(CONFLICT);
      }
      expect((await load())?.state).toMatchObject({ balance: 10n });
      await expect(stores.journal.readForeign([name.id, tombstone.id])).resolves.toEqual([
        { ...name, asked },
        tombstone,
      ]);
    });

    test('two entries of one account at the same place are a conflict, whichever branch they are of', async () => {
      await opened(stores.journal, account, 10n);
      const [one, two] = [transfer(account, other, 1n), transfer(account, other, 2n)];
      const twice = [...(await entries()).prepare(one).list, ...(await entries()).prepare(two).list];
      await expect(stores.journal.append(batch({ entries: twice }))).resolves.toEqual(CONFLICT);
      const again = [...(await entries()).prepare(one).list, ...(await entries()).prepare(one).list];
      await expect(stores.journal.append(batch({ entries: again }))).resolves.toEqual(CONFLICT);
      expect((await load())?.state).toMatchObject({ balance: 10n, held: 0n });
    });

    test('repeated it changes nothing more', async () => {
      await opened(stores.journal, account, 10n);
      const key = { scope: 's', key: uuidv7(), fingerprint: 'f' };
      const created = transfer(account, other, 10n, { key });
      const whole = batch({
        entries: (await entries()).tell({ type: 'Deposit', amount: 5n }).list,
        created: [created],
      });
      expectWritten(await stores.journal.append(whole));
      await expect(stores.journal.append(whole)).resolves.toEqual(CONFLICT);
      await expect(stores.journal.append(batch({ created: [created] }))).resolves.toEqual(CONFLICT);
      expect((await load())?.state).toMatchObject({ balance: 15n });
    });
  });

  describe('keeps what a key stands for', () => {
    test('a transaction, or the answer that was given, refusals too', async () => {
      const [ofTransfer, ofReply, ofRefusal, unused] = [1, 2, 3, 4].map(() => ({
        scope: 's "quoted\\" {}',
        key: `${uuidv7()} ü`,
        fingerprint: 'f',
      })) as [Key, Key, Key, Key];
      const created = transfer(account, other, 10n, { key: ofTransfer });
      const reply = {
        kind: 'accepted',
        balance: 9_007_199_254_740_991n,
        held: 2n,
        incoming: 3n,
        available: -4n,
      } as const;
      const refusal = { kind: 'refused', refusal: { kind: 'insufficient-funds', missing: 7n } } as const;
      const keys = [
        { ...ofReply, answer: reply },
        { ...ofRefusal, answer: refusal },
      ];
      expectWritten(await stores.journal.append(batch({ created: [created], keys })));
      await expect(stores.journal.readKeys([unused, ofRefusal, ofTransfer, ofReply])).resolves.toEqual([
        undefined,
        { fingerprint: 'f', answer: refusal },
        { fingerprint: 'f', transactionId: created.id },
        { fingerprint: 'f', answer: reply },
      ]);
    });

    test.each([
      { kind: 'account-not-found' },
      { kind: 'account-already-exists' },
      { kind: 'account-closed' },
      { kind: 'account-not-empty' },
      { kind: 'account-frozen', frozen: 'all' },
      { kind: 'balance-limit-exceeded' },
    ] as const)('the refusal $kind', async (refusal) => {
      const key = { scope: 's', key: uuidv7(), fingerprint: 'f' };
      const answer = { kind: 'refused', refusal } as const;
      expectWritten(await stores.journal.append(batch({ keys: [{ ...key, answer }] })));
      await expect(stores.journal.readKeys([key])).resolves.toEqual([{ fingerprint: 'f', answer }]);
    });

    test('once: a batch that uses it again is a conflict, another scope is another key', async () => {
      await opened(stores.journal, account);
      const key = { scope: 's', key: uuidv7(), fingerprint: 'f' };
      const answer = { kind: 'refused', refusal: { kind: 'account-not-found' } } as const;
      expectWritten(await stores.journal.append(batch({ keys: [{ ...key, answer }] })));
      const money = (await entries()).tell({ type: 'Deposit', amount: 5n });
      const again = batch({ entries: money.list, keys: [{ ...key, answer }] });
      await expect(stores.journal.append(again)).resolves.toEqual(CONFLICT);
      expect((await load())?.state).toMatchObject({ balance: 0n });
      await expect(stores.journal.append(batch({ created: [transfer(account, other, 1n, { key })] }))).resolves.toEqual(
        CONFLICT,
      );
      expectWritten(await stores.journal.append({ ...again, keys: [{ ...key, scope: 'other', answer }] }));
    });
  });

  test('tells which transactions exist', async () => {
    const [one, two]: [Transfer, Transfer] = [transfer(account, other), transfer(account, other)];
    await stores.journal.append(batch({ created: [one] }));
    await expect(stores.journal.existing([two.id, one.id])).resolves.toEqual(new Set([one.id]));
  });

  test('of two stores that write the same accounts at once one at most is let in, and no batch is torn', async () => {
    const accounts = Array.from({ length: 8 }, (_, n) => `${account}-${n}`);
    for (const each of accounts) await opened(stores.journal, each);
    let written = 0;
    for (let round = 0; round < 20; round += 1) {
      const batches = await Promise.all(
        // Each starts with what the other ends with: the order of the rows is the store's to choose.
        [accounts, accounts.toReversed()].map(async (ids) => {
          const lists = await Promise.all(
            ids.map(async (id) => (await entries(id)).tell({ type: 'Deposit', amount: 1n }).list),
          );
          return batch({ entries: lists.flat() });
        }),
      );
      const outcomes = await Promise.all(batches.map((one) => stores.journal.append(one)));
      const kinds = outcomes.map(({ kind }) => kind);
      const ins = kinds.filter((kind) => kind === 'written').length;
      // Each may find totals that the other one holds: then both are told so, and come again.
      if (ins === 0) expect(kinds).toEqual(['held', 'held']);
      else expect(ins).toBe(1);
      written += ins;
    }
    expect(written).toBeGreaterThan(0);
    for (const each of accounts) expect((await load(each))?.state).toMatchObject({ balance: BigInt(written) });
  });
});

interface Key {
  readonly scope: string;
  readonly key: string;
  readonly fingerprint: string;
}

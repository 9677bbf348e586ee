import { uuidv7 } from 'uuidv7';
import type { TransferQuery, TransferRefusal } from '../../src/domain/transfer';
import { moveFor } from '../../src/engine/transactions/milestone';
import type { TransactionRecord } from '../../src/engine/transactions/record';
import { transactionId } from '../support/transactionId';
import { batch, CONFLICT, Entries, expectWritten, opened, type Transfer, type TransferMove, transfer } from './batches';
import { STORES, type StoresUnderTest } from './storesUnderTest';

const LONG_MS = 60_000;
type Record = TransactionRecord<TransferQuery, TransferRefusal>;

describe.each(STORES)('transactions in %s', (_name, create) => {
  let stores: StoresUnderTest;
  let a: string;
  let b: string;

  beforeEach(async () => {
    stores = await create();
    a = `a-${uuidv7()}`;
    b = `b-${uuidv7()}`;
  });

  afterEach(() => stores.close());

  const begin = async (parts: Partial<Transfer> = {}): Promise<Transfer> => {
    const created = transfer(a, b, 10n, parts);
    expectWritten(await stores.journal.append(batch({ created: [created] })));
    return created;
  };
  const read = async (id: string): Promise<Record> => {
    const [record] = await stores.transactions.read([id]);
    if (!record) throw new Error(`${id} is not stored`);
    return record;
  };
  const status = async ({ id }: Transfer) => (await read(id)).state.status;
  const move = async (...moves: readonly TransferMove[]) => stores.journal.append(batch({ moves }));
  const moved = async (one: TransferMove) => expectWritten(await move(one)).moved.has(one.id);

  describe('a move', () => {
    test('is made once, from the status it starts from', async () => {
      const one = await begin();
      await expect(moved({ id: one.id, from: 'committing', to: 'committed' })).resolves.toBe(false);
      await expect(moved({ id: one.id, from: 'preparing', to: 'aborting', reason: { kind: 'client' } })).resolves.toBe(
        true,
      );
      await expect(moved({ id: one.id, from: 'preparing', to: 'committing' })).resolves.toBe(false);
      await expect(status(one)).resolves.toBe('aborting');
    });

    test.each([
      ['before-deadline', { timeoutMs: LONG_MS }, true],
      ['before-deadline', { timeoutMs: 0 }, false],
      ['after-deadline', { timeoutMs: LONG_MS }, false],
      ['after-deadline', { timeoutMs: 0 }, true],
      ['before-expiry', { expiresInMs: LONG_MS }, true],
      ['before-expiry', { expiresInMs: 0 }, false],
      ['after-expiry', { expiresInMs: LONG_MS }, false],
      ['after-expiry', { expiresInMs: 0 }, true],
    ] as const)('guarded %s is judged by the clock of the database: %j', async (guard, parts, expected) => {
      const one = await begin(parts);
      await expect(
        moved({ id: one.id, from: 'preparing', to: 'aborting', reason: { kind: 'timeout' }, guard }),
      ).resolves.toBe(expected);
      await expect(status(one)).resolves.toBe(expected ? 'aborting' : 'preparing');
    });

    test('that is fenced and refused leaves out the whole batch, and says which it was', async () => {
      await opened(stores.journal, a);
      const [late, free] = [await begin({ timeoutMs: 0 }), await begin()];
      const entries = await Entries.of(stores.journal, a);
      const appended = await stores.journal.append(
        batch({
          entries: entries.tell({ type: 'Deposit', amount: 1n }).list,
          moves: [
            { id: late.id, from: 'preparing', to: 'committing', guard: 'before-deadline', fenced: true },
            { id: free.id, from: 'preparing', to: 'committing', fenced: true },
          ],
        }),
      );
      expect(appended).toEqual({ kind: 'conflict', lost: new Set([late.id]) });
      expect([await status(late), await status(free)]).toEqual(['preparing', 'preparing']);
      expect((await stores.journal.load([a]))[0]?.state).toMatchObject({ balance: 0n });
    });

    test('that is free and refused holds up nothing else of the batch, and is told', async () => {
      const [gone, free] = [await begin({ status: 'committing' }), await begin()];
      const { moved: made } = expectWritten(
        await move(
          { id: gone.id, from: 'preparing', to: 'aborting', reason: { kind: 'client' } },
          { id: free.id, from: 'preparing', to: 'committing', fenced: true },
        ),
      );
      expect(made).toEqual(new Set([free.id]));
      expect([await status(gone), await status(free)]).toEqual(['committing', 'committing']);
    });

    test('is one of its transaction in a batch: with two of them nothing is written', async () => {
      await opened(stores.journal, a);
      const [twice, once] = [await begin(), await begin()];
      const entries = (await Entries.of(stores.journal, a)).tell({ type: 'Deposit', amount: 1n }).list;
      const moves: TransferMove[] = [
        { id: twice.id, from: 'preparing', to: 'committing' },
        { id: once.id, from: 'preparing', to: 'committing' },
        { id: twice.id, from: 'preparing', to: 'aborting', reason: { kind: 'client' } },
      ];
      await expect(stores.journal.append(batch({ entries, moves }))).rejects.toThrow('moves a transaction once');
      expect([await status(twice), await status(once)]).toEqual(['preparing', 'preparing']);
      expect((await stores.journal.load([a]))[0]?.state).toMatchObject({ balance: 0n });
    });

    test('of a batch with an outdated account is not made', async () => {
      await opened(stores.journal, a, 10n);
      const one = await begin();
      const stale = batch({
        read: [{ account: a, seq: 1 }],
        moves: [{ id: one.id, from: 'preparing', to: 'committing' }],
      });
      await expect(stores.journal.append(stale)).resolves.toEqual(CONFLICT);
      await expect(status(one)).resolves.toBe('preparing');
    });

    test('carries the votes that led to it, as moveFor makes it of a state', async () => {
      const one = await begin();
      const { state } = await read(one.id);
      if (state.status !== 'preparing') throw new Error('it begins as preparing');
      const voted = { ...state, votes: new Map([[a, { kind: 'commit' } as const]]) };
      await moved(moveFor(voted, { type: 'AbortDecided', reason: { kind: 'client' } }));
      const { history } = await read(one.id);
      expect(history.at(-1)).toMatchObject({ status: 'aborting', votes: [{ branch: a, vote: 'commit' }] });
    });
  });

  describe('the sweep', () => {
    test('claims what is due, oldest first, each to one caller, and not again before the lease is over', async () => {
      const ids: string[] = [];
      for (let n = 0; n < 5; n += 1) ids.push((await begin()).id);
      const [first, second] = await Promise.all([1, 2].map(() => stores.transactions.claimDue(2, LONG_MS)));
      const rest = await stores.transactions.claimDue(10, LONG_MS);
      const claimed = [...(first ?? []), ...(second ?? []), ...rest];
      expect(claimed.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
      expect(new Set(claimed.map(({ attempts }) => attempts))).toEqual(new Set([1]));
      expect(rest.map(({ id }) => id)).toEqual([ids[4]]);
      await expect(stores.transactions.claimDue(10, LONG_MS)).resolves.toEqual([]);
    });

    test('claims again what was claimed without a lease, and counts each time', async () => {
      const { id } = await begin();
      await stores.transactions.claimDue(10, 0);
      await expect(stores.transactions.claimDue(10, 0)).resolves.toEqual([{ id, attempts: 2 }]);
      expect((await read(id)).attempts).toBe(2);
    });

    test('leaves alone what is final, what has failed, and what waits for its capture', async () => {
      await begin({ status: 'aborted', reason: { kind: 'client' } });
      await begin({ status: 'authorized', expiresInMs: LONG_MS });
      const failed = await begin();
      await move({ id: failed.id, from: 'preparing', to: 'failed', errors: [] });
      await expect(stores.transactions.claimDue(10, 0)).resolves.toEqual([]);
    });

    test('finds an authorization that has expired, and a transaction that was resumed', async () => {
      const expired = await begin({ status: 'authorized', expiresInMs: 0 });
      const failed = await begin({ status: 'committing' });
      await move({ id: failed.id, from: 'committing', to: 'failed', errors: [] });
      await move({ id: failed.id, from: 'failed', to: 'committing' });
      const claimed = await stores.transactions.claimDue(10, LONG_MS);
      expect(new Set(claimed.map(({ id }) => id))).toEqual(new Set([expired.id, failed.id]));
    });

    test('stays away from what a driver has put off, until then', async () => {
      const one = await begin();
      await expect(stores.transactions.defer(one.id, LONG_MS)).resolves.toBe(1);
      await expect(stores.transactions.claimDue(10, 0)).resolves.toEqual([]);
      await expect(stores.transactions.defer(one.id, 0)).resolves.toBe(2);
      await expect(stores.transactions.claimDue(10, 0)).resolves.toEqual([{ id: one.id, attempts: 3 }]);
      await expect(stores.transactions.defer(transactionId(), 0)).resolves.toBe(0);
    });

    test('is remembered, and apart from it the last one of the schedule', async () => {
      await stores.sweptEarlier(LONG_MS);
      const before = await stores.transactions.sweepAges();
      expect(Math.min(before.scheduledMs, before.lookedMs)).toBeGreaterThanOrEqual(LONG_MS);
      await stores.transactions.claimDue(10, 0, { isSchedules: false });
      const looked = await stores.transactions.sweepAges();
      expect(looked.scheduledMs).toBeGreaterThanOrEqual(LONG_MS);
      expect(looked.lookedMs).toBeLessThan(LONG_MS);
      await stores.transactions.claimDue(10, 0);
      const swept = await stores.transactions.sweepAges();
      expect(Math.max(swept.scheduledMs, swept.lookedMs)).toBeLessThan(LONG_MS);
    });
  });
});

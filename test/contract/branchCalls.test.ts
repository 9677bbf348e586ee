import { uuidv7 } from 'uuidv7';
import type { Left } from '../../src/engine/transactions/unanswered';
import { batch, expectWritten, transfer } from './batches';
import { STORES, type StoresUnderTest } from './storesUnderTest';

const STOCK = 'participants/stock/order-17';
const MILL = 'participants/mill/sack:1';

const unanswered = (over: Partial<Left['unanswered'][number]> = {}): Left['unanswered'][number] => ({
  branch: STOCK,
  call: 'commit',
  attempts: 4,
  error: 'connection refused',
  delayMs: 60_000,
  ...over,
});

describe.each(STORES)('calls to branches elsewhere in %s', (_name, create) => {
  let stores: StoresUnderTest;

  beforeEach(async () => {
    stores = await create();
  });

  afterEach(() => stores.close());

  const begun = async (status: 'preparing' | 'committing' = 'committing'): Promise<string> => {
    const one = transfer(`a-${uuidv7()}`, `b-${uuidv7()}`, 10n, { branches: [STOCK, MILL], askedFirst: 2, status });
    expectWritten(await stores.journal.append(batch({ created: [one] })));
    return one.id;
  };
  const read = async (id: string) => {
    const [record] = await stores.transactions.read([id]);
    if (!record) throw new Error(`${id} is not stored`);
    return record;
  };
  const confirmedOf = async (id: string) => {
    const { state } = await read(id);
    return state.status === 'committing' ? [...state.confirmed] : state.status;
  };
  const settlement = { branch: STOCK, as: 'aborted', note: 'gone for good', by: 'ops' } as const;

  test('that came to nothing are read with the record, with the time of the next attempt', async () => {
    const id = await begun();
    await expect(stores.transactions.defer(id, 61_000, { unanswered: [unanswered()], confirmed: [] })).resolves.toBe(1);
    const { unanswered: calls } = await read(id);
    expect(calls).toMatchObject([{ branch: STOCK, call: 'commit', attempts: 4, error: 'connection refused' }]);
    const [call] = calls;
    expect(call?.nextInMs).toBeGreaterThan(50_000);
    expect(call?.nextInMs).toBeLessThanOrEqual(60_000);
    expect(Date.parse(call?.nextAt ?? '') - Date.parse(call?.since ?? '')).toBe(60_000);
  });

  test('count since the first attempt of the same call', async () => {
    const id = await begun();
    const left = (over: Partial<Left['unanswered'][number]>) =>
      stores.transactions.defer(id, 0, { unanswered: [unanswered(over)], confirmed: [] });
    await left({});
    const first = (await read(id)).unanswered[0]?.since;
    await left({ attempts: 5, error: 'timed out' });
    expect((await read(id)).unanswered).toMatchObject([{ since: first, attempts: 5, error: 'timed out' }]);
  });

  test('that were answered are confirmed for good, whatever a driver that was paused says later', async () => {
    const id = await begun();
    const confirmed = [{ branch: STOCK, as: 'committed' }] as const;
    await stores.transactions.defer(id, 0, { unanswered: [unanswered({ branch: MILL })], confirmed });
    await stores.transactions.defer(id, 0, { unanswered: [unanswered()], confirmed: [] });
    await expect(confirmedOf(id)).resolves.toEqual([STOCK]);
    const { unanswered: calls, progress } = await read(id);
    expect(calls.map(({ branch }) => branch)).toEqual([MILL]);
    expect(progress).toEqual(['committed', 'prepared']);
  });

  test('of a transaction that has ended are told no more', async () => {
    const id = await begun();
    await stores.transactions.defer(id, 0, { unanswered: [unanswered()], confirmed: [] });
    expectWritten(await stores.journal.append(batch({ moves: [{ id, from: 'committing', to: 'committed' }] })));
    await expect(stores.transactions.defer(id, 0, { unanswered: [unanswered()], confirmed: [] })).resolves.toBe(0);
    await expect(read(id)).resolves.toMatchObject({ unanswered: [], progress: ['committed', 'committed'] });
  });

  test('are settled by the word of an operator, once, with who said so', async () => {
    const id = await begun();
    await stores.transactions.defer(id, 60_000, { unanswered: [unanswered()], confirmed: [] });
    await expect(stores.transactions.settle(id, settlement)).resolves.toBe(true);
    await expect(stores.transactions.settle(id, { ...settlement, as: 'committed' })).resolves.toBe(false);
    await expect(confirmedOf(id)).resolves.toEqual([STOCK]);
    const { unanswered: calls, history, attempts } = await read(id);
    expect([calls, attempts]).toEqual([[], 2]);
    expect(history.at(-1)).toMatchObject({ status: 'committing', settled: settlement });
    // It is due at once.
    await expect(stores.transactions.claimDue(10, 1_000)).resolves.toMatchObject([{ id }]);
  });

  test('are not settled before the decision, after the end, or where the branch is none of the transaction', async () => {
    const [undecided, ended, decided] = [await begun('preparing'), await begun(), await begun()];
    expectWritten(await stores.journal.append(batch({ moves: [{ id: ended, from: 'committing', to: 'committed' }] })));
    await expect(stores.transactions.settle(undecided, settlement)).resolves.toBe(false);
    await expect(stores.transactions.settle(ended, settlement)).resolves.toBe(false);
    await expect(stores.transactions.settle(decided, { ...settlement, branch: 'participants/x/y' })).resolves.toBe(
      false,
    );
  });

  test('of one that failed are settled, and it goes on, in one write', async () => {
    const errors = [{ branch: STOCK, message: 'it aborted on its own' }];
    const decisions = [
      { id: await begun(), to: 'committing' },
      { id: await begun('preparing'), to: 'aborting' },
    ] as const;
    for (const { id, to } of decisions) {
      if (to === 'aborting') {
        const reason = { kind: 'client' } as const;
        expectWritten(await stores.journal.append(batch({ moves: [{ id, from: 'preparing', to, reason }] })));
      }
      expectWritten(await stores.journal.append(batch({ moves: [{ id, from: to, to: 'failed', errors }] })));
      await expect(stores.transactions.settle(id, settlement)).resolves.toBe(true);
      const { state, history } = await read(id);
      expect(state).toMatchObject({ status: to, confirmed: new Set([STOCK]) });
      expect(history.slice(-2)).toMatchObject([{ status: 'failed', settled: settlement }, { status: to }]);
    }
    const due = await stores.transactions.claimDue(10, 1_000);
    expect(due.map(({ id }) => id).toSorted()).toEqual(decisions.map(({ id }) => id).toSorted());
  });

  test('of one that failed before it was decided are not settled', async () => {
    const id = await begun('preparing');
    const errors = [{ branch: STOCK, message: 'it cannot be asked' }];
    expectWritten(await stores.journal.append(batch({ moves: [{ id, from: 'preparing', to: 'failed', errors }] })));
    await expect(stores.transactions.settle(id, settlement)).resolves.toBe(false);
    await expect(read(id)).resolves.toMatchObject({ state: { status: 'failed' } });
  });
});

import { uuidv7 } from 'uuidv7';
import type { TransferQuery, TransferRefusal } from '../../src/domain/transfer';
import { resumeMove } from '../../src/engine/transactions/milestone';
import type { TransactionRecord } from '../../src/engine/transactions/record';
import { transactionId } from '../support/transactionId';
import { batch, Entries, expectWritten, opened, type Transfer, type TransferMove, transfer } from './batches';
import { STORES, type StoresUnderTest } from './storesUnderTest';

const LONG_MS = 60_000;
type Record = TransactionRecord<TransferQuery, TransferRefusal>;

describe.each(STORES)('the records of transactions in %s', (_name, create) => {
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
  const move = async (...moves: readonly TransferMove[]) => stores.journal.append(batch({ moves }));
  const moved = async (one: TransferMove) => expectWritten(await move(one)).moved.has(one.id);
  const votes = () => ({
    votes: [
      { branch: a, vote: 'commit' as const },
      { branch: b, vote: 'commit' as const },
    ],
  });
  const statuses = ({ history }: Record) => history.map((entry) => entry.status);

  test('say everything that was stored, times in the order of what happened', async () => {
    const { id, query } = await begin({ metadata: { order: 'ü "7"' }, requestedBy: 'alice' });
    const record = await read(id);
    expect(record).toMatchObject({
      state: { status: 'preparing', id, query, branches: [a, b], askedFirst: 1, isTwoStep: false, votes: new Map() },
      type: 'transfer',
      metadata: { order: 'ü "7"' },
      requestedBy: 'alice',
      progress: ['none', 'none'],
      attempts: 0,
      history: [{ status: 'preparing', at: record.createdAt }],
      updatedAt: record.createdAt,
    });
    expect(Date.parse(record.deadlineAt) - Date.parse(record.createdAt)).toBe(LONG_MS);
    expect(record).not.toHaveProperty('finishedAt');
    expect(record).not.toHaveProperty('expiresAt');
  });

  test('come with a query of many postings, and with what was captured of them', async () => {
    const postings = [
      { origin: a, destination: b, amount: 9_007_199_254_740_991n },
      { origin: b, destination: a, amount: 1n },
    ];
    const query = { postings, currency: 'EUR', capture: 'manual' } as const;
    const { id } = await begin({ query, expiresInMs: LONG_MS, status: 'authorized' });
    expect((await read(id)).state).toMatchObject({ status: 'authorized', query, isTwoStep: true });
    const captured = { ...query, captured: [5n, 0n] };
    await moved({ id, from: 'authorized', to: 'committing', guard: 'before-expiry', query: captured });
    expect((await read(id)).state.query).toEqual(captured);
  });

  test('are read many at once, those that exist', async () => {
    const [one, two] = [await begin(), await begin()];
    const records = await stores.transactions.read([two.id, transactionId(), one.id]);
    expect(new Set(records.map(({ state }) => state.id))).toEqual(new Set([one.id, two.id]));
    await expect(stores.transactions.read([])).resolves.toEqual([]);
  });

  test('tell the whole way of a transaction that was committed, failed in between and resumed', async () => {
    const { id } = await begin();
    const errors = [{ branch: b, message: 'broken' }];
    await moved({ id, from: 'preparing', to: 'committing', guard: 'before-deadline', ...votes() });
    await moved({ id, from: 'committing', to: 'failed', errors });
    const failed = await read(id);
    expect(failed.state).toMatchObject({ status: 'failed', errors, interrupted: { status: 'committing' } });
    if (failed.state.status === 'failed') await moved(resumeMove(id, failed.state.interrupted));
    await moved({ id, from: 'committing', to: 'committed', confirmed: [a, b] });
    const end = await read(id);
    const way = [
      { status: 'preparing' },
      { status: 'committing', ...votes() },
      { status: 'failed', errors },
      { status: 'committing' },
      { status: 'committed', confirmed: [a, b] },
    ];
    expect(end.history).toEqual(way.map((entry, n) => ({ ...entry, at: end.history[n]?.at })));
    expect([end.finishedAt, end.updatedAt]).toEqual([end.history.at(-1)?.at, end.history.at(-1)?.at]);
    expect(end.progress).toEqual(['committed', 'committed']);
    expect(end.history.map(({ at }) => at)).toEqual(end.history.map(({ at }) => at).toSorted());
  });

  test.each([
    { kind: 'timeout' },
    { kind: 'client' },
    { kind: 'client', reason: 'changed my mind' },
    {
      kind: 'branches',
      reasons: [{ branch: 'a', reason: { kind: 'insufficient-funds', account: 'a', missing: 7n } }],
    },
    { kind: 'branches', reasons: [{ branch: 'a', reason: { kind: 'branch-aborted', account: 'a' } }] },
  ] as const)('keep why it was aborted: %j', async (reason) => {
    const { id } = await begin();
    const vote = { votes: [{ branch: a, vote: 'abort' as const }] };
    await moved({ id, from: 'preparing', to: 'aborting', reason, ...vote });
    expect((await read(id)).state).toMatchObject({ status: 'aborting', reason });
    await moved({ id, from: 'aborting', to: 'aborted', confirmed: [a, b] });
    const { state, history } = await read(id);
    expect(state).toMatchObject({ status: 'aborted', reason });
    expect(history.at(1)).toMatchObject({ status: 'aborting', reason, ...vote });
  });

  test.each([
    ['committing', {}, ['preparing', 'committing']],
    ['authorized', { expiresInMs: LONG_MS }, ['preparing', 'authorized']],
    ['committed', {}, ['preparing', 'committing', 'committed']],
    ['aborted', { reason: { kind: 'branches', reasons: [] } }, ['preparing', 'aborting', 'aborted']],
  ] as const)('may begin as %s: its whole way is one instant', async (as, parts, way) => {
    const { id } = await begin({ status: as, ...parts });
    const record = await read(id);
    expect([record.state.status, statuses(record)]).toEqual([as, way]);
    expect(new Set(record.history.map(({ at }) => at))).toEqual(new Set([record.createdAt]));
    expect(record.finishedAt).toBe(as === 'aborted' || as === 'committed' ? record.createdAt : undefined);
  });

  test('tell a decision and an end that were one move as two entries of one instant', async () => {
    const { id } = await begin();
    const whole = { id, from: 'preparing', to: 'committed', guard: 'before-deadline', fenced: true } as const;
    await expect(moved({ ...whole, ...votes(), confirmed: [a, b] })).resolves.toBe(true);
    const { createdAt, finishedAt, history, progress, state } = await read(id);
    expect(history).toEqual([
      { status: 'preparing', at: createdAt },
      { status: 'committing', at: finishedAt, ...votes() },
      { status: 'committed', at: finishedAt, confirmed: [a, b] },
    ]);
    expect([state.status, progress]).toEqual(['committed', ['committed', 'committed']]);
    expect(await move({ ...whole, ...votes() })).toMatchObject({ kind: 'conflict', lost: new Set([id]) });
  });

  test('tell where each branch is, while the transaction goes on', async () => {
    await opened(stores.journal, a, 10n);
    await opened(stores.journal, b);
    const one = await begin();
    const of = async (account: string) => Entries.of(stores.journal, account);
    await stores.journal.append(batch({ entries: (await of(a)).prepare(one).list }));
    expect((await read(one.id)).progress).toEqual(['prepared', 'none']);
    const both = [...(await of(a)).commit(one).list, ...(await of(b)).prepare(one).list];
    await stores.journal.append(batch({ entries: both, moves: [{ id: one.id, from: 'preparing', to: 'committing' }] }));
    expect((await read(one.id)).progress).toEqual(['committed', 'prepared']);
  });

  test('that are at rest are told apart from those that are pending', async () => {
    const pending = [await begin(), await begin({ status: 'committing' })];
    const atRest = [
      await begin({ status: 'aborted', reason: { kind: 'client' } }),
      await begin({ status: 'authorized', expiresInMs: LONG_MS }),
      await begin(),
      await begin({ status: 'committed' }),
    ];
    await move({ id: atRest[2]?.id ?? '', from: 'preparing', to: 'failed', errors: [] });
    const records = await stores.transactions.readAtRest([...pending, ...atRest].map(({ id }) => id));
    expect(new Set(records.map(({ state }) => state.id))).toEqual(new Set(atRest.map(({ id }) => id)));
  });
});

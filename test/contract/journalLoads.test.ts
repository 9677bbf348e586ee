import { uuidv7 } from 'uuidv7';
import { EMPTY, PLAIN_TERMS } from '../../src/domain/account/state';
import { transactionId } from '../support/transactionId';
import { batch, Entries, expectWritten, opened, transfer } from './batches';
import { STORES, type StoresUnderTest } from './storesUnderTest';

describe.each(STORES)('what the journal in %s loads', (_name, create) => {
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

  test('accounts in the order in which they are asked for, those that do not exist too', async () => {
    await opened(stores.journal, account, 5n);
    await opened(stores.journal, other, 7n);
    const snapshots = await stores.journal.load([other, 'missing', account, other]);
    expect(snapshots).toEqual([
      { state: { ...EMPTY, balance: 7n }, seq: 2, branches: [] },
      { state: { status: 'absent' }, seq: 0, branches: [] },
      { state: { ...EMPTY, balance: 5n }, seq: 2, branches: [] },
      { state: { ...EMPTY, balance: 7n }, seq: 2, branches: [] },
    ]);
  });

  test('the terms an account has now', async () => {
    const terms = { currency: 'EUR', overdraftLimit: 20n, frozen: undefined };
    await stores.journal.append(batch({ entries: (await entries()).tell({ type: 'Open', terms }).list }));
    expect((await load())?.state).toEqual({ ...EMPTY, terms });
    const changed = (await entries()).tell({ type: 'ChangeTerms', change: { frozen: 'debits' } });
    await stores.journal.append(batch({ entries: changed.list }));
    expect((await load())?.state).toEqual({ ...EMPTY, terms: { ...terms, frozen: 'debits' } });
    const closed = (await entries()).tell({ type: 'Close' });
    await stores.journal.append(batch({ entries: closed.list }));
    expect((await load())?.state).toMatchObject({ status: 'closed' });
  });

  test('the last terms of those that one batch changed, of an account that it opened too', async () => {
    const written = (await entries())
      .tell({ type: 'Open', terms: PLAIN_TERMS })
      .tell({ type: 'ChangeTerms', change: { overdraftLimit: 5n } })
      .tell({ type: 'ChangeTerms', change: { frozen: 'all' } });
    expectWritten(await stores.journal.append(batch({ entries: written.list })));
    const terms = { ...PLAIN_TERMS, overdraftLimit: 5n, frozen: 'all' };
    expect((await load())?.state).toEqual({ ...EMPTY, terms });
    const more = (await entries())
      .tell({ type: 'ChangeTerms', change: { frozen: undefined } })
      .tell({ type: 'ChangeTerms', change: { overdraftLimit: 9n } })
      .tell({ type: 'Close' });
    expectWritten(await stores.journal.append(batch({ entries: more.list })));
    expect((await load())?.state).toEqual({ status: 'closed', terms: { ...PLAIN_TERMS, overdraftLimit: 9n } });
  });

  test('an account that was opened and closed in one batch as closed', async () => {
    const written = (await entries()).tell({ type: 'Open', terms: PLAIN_TERMS }).tell({ type: 'Close' });
    expectWritten(await stores.journal.append(batch({ entries: written.list })));
    expect((await load())?.state).toEqual({ status: 'closed', terms: PLAIN_TERMS });
  });

  test('an account that has a tombstone from before it was opened', async () => {
    const gone = transactionId();
    const early = (await entries()).ask({ type: 'Abort', transactionId: gone });
    expectWritten(await stores.journal.append(batch({ entries: early.list })));
    expect(await load()).toEqual({ state: { status: 'absent' }, seq: 1, branches: [] });
    await opened(stores.journal, account, 5n);
    expect(await load()).toEqual({ state: { ...EMPTY, balance: 5n }, seq: 3, branches: [] });
    const states = await stores.journal.readBranches([{ account, transactionId: gone }]);
    expect(states).toEqual([{ state: 'aborted' }]);
  });

  test('the branches that are open, oldest first, with what they promised and where they began', async () => {
    await opened(stores.journal, account, 100n);
    const [first, second, third] = [
      transfer(account, other, 3n),
      transfer(other, account, 4n),
      transfer(account, other),
    ];
    const written = await entries();
    for (const each of [first, second, third]) written.prepare(each);
    written.commit(first).ask({ type: 'Abort', transactionId: transactionId() });
    await stores.journal.append(batch({ entries: written.list }));
    expect(await load()).toEqual({
      state: { ...EMPTY, balance: 97n, held: 10n, incoming: 4n },
      seq: 7,
      branches: [
        { state: 'prepared', held: 0n, incoming: 4n, transactionId: second.id, since: 4 },
        { state: 'prepared', held: 10n, incoming: 0n, transactionId: third.id, since: 5 },
      ],
    });
  });

  test('a branch that pays and receives with both of its promises', async () => {
    await opened(stores.journal, account, 100n);
    const both = transfer(account, other, 30n, {
      query: {
        postings: [
          { origin: account, destination: other, amount: 30n },
          { origin: other, destination: account, amount: 20n },
        ],
        capture: 'manual',
      },
    });
    await stores.journal.append(batch({ entries: (await entries()).prepare(both).list }));
    const open = { state: 'prepared', held: 30n, incoming: 20n };
    expect((await load())?.branches).toEqual([{ ...open, transactionId: both.id, since: 3 }]);
    const states = await stores.journal.readBranches([{ account, transactionId: both.id }]);
    expect(states).toEqual([open]);
  });

  test('each branch that is asked for, open or not, in order', async () => {
    await opened(stores.journal, account, 100n);
    const [first, second] = [transfer(account, other), transfer(account, other)];
    const gone = transactionId();
    const written = (await entries()).prepare(first).prepare(second).commit(first);
    written.ask({ type: 'Abort', transactionId: gone });
    await stores.journal.append(batch({ entries: written.list }));
    const of = (id: string) => ({ account, transactionId: id });
    await expect(stores.journal.readBranches([gone, transactionId(), second.id, first.id].map(of))).resolves.toEqual([
      { state: 'aborted' },
      undefined,
      { state: 'prepared', held: 10n, incoming: 0n },
      { state: 'committed' },
    ]);
  });
});

import { Gate, runReady } from '../support/memoryGate';
import { accountIn, beside, type Process, type ProcessOptions, posting, processWith } from './bank';
import { BOOK, BOOK_BRANCH, Stock } from './stock';

const postings = [posting('a', 'b', 6n)];
const query = { participants: [BOOK] };
const order = { id: 't', query };
const never = new Promise<void>(() => undefined);

function shop(options: ProcessOptions = {}) {
  const stock = new Stock();
  const process = processWith({ a: 10n, b: 0n }, { elsewhere: stock, ...options });
  /** Another process over the same database and the same service. */
  const other = (more: ProcessOptions = {}) => beside(process, { elsewhere: stock, ...options, ...more });
  return { process, stock, other };
}

/** What each statement of a process wrote. */
const statements = (process: Process) =>
  process.appends.map(({ created, entries, moves }) => [
    ...created.map(({ status }) => status),
    ...moves.map(({ to }) => to),
    ...entries.map(({ kind }) => kind),
  ]);

const money = (process: Process) =>
  ['a', 'b'].map((account) => {
    const { balance, held, incoming } = accountIn(process, account);
    return [balance, held, incoming];
  });
const MOVED = [
  [4n, 0n, 0n],
  [6n, 0n, 0n],
];
const PROMISED = [
  [10n, 6n, 0n],
  [0n, 0n, 6n],
];
const UNTOUCHED = [
  [10n, 0n, 0n],
  [0n, 0n, 0n],
];

async function drive(process: Process): Promise<void> {
  await process.drives.drive(['t'], { repeats: false });
}

describe('a transfer in which a service elsewhere takes part', () => {
  test('takes three statements: its accounts promise with the record, and commit with the decision', async () => {
    const { process, stock } = shop();
    await process.created(postings, order);
    await process.drives.drained();
    expect(statements(process)).toEqual([
      ['preparing', 'hold', 'expect'],
      ['committing', 'spend', 'receive'],
      ['committed'],
    ]);
    expect([money(process), stock.calls]).toEqual([MOVED, ['prepare', 'commit']]);
    const { history, progress } = process.transactions.record('t');
    expect(history.map(({ status }) => status)).toEqual(['preparing', 'committing', 'committed']);
    expect(progress).toEqual(['committed', 'committed', 'committed']);
  });

  test('asks the service after the record is durable, and commits nothing before the decision is', async () => {
    const { process, stock } = shop();
    const heard: unknown[] = [];
    stock.before = (call) => {
      heard.push([call, process.transactions.record('t').state.status, money(process)]);
      return Promise.resolve();
    };
    await process.created(postings, order);
    await process.drives.drained();
    expect(heard).toEqual([
      ['prepare', 'preparing', PROMISED],
      ['commit', 'committing', MOVED],
    ]);
  });

  test('that an account refuses ends with its record, and the service is not asked', async () => {
    const { process, stock } = shop();
    const { record } = await process.created([posting('a', 'b', 11n)], order);
    expect(record.state).toMatchObject({ status: 'aborted', reason: { kind: 'branches', reasons: [{ branch: 'a' }] } });
    expect([statements(process), stock.calls, process.drives.load]).toEqual([[['aborted']], [], 0]);
  });

  test('that the service refuses releases its accounts with the decision', async () => {
    const { process, stock } = shop();
    stock.refuses.add('t');
    await process.created(postings, order);
    await process.drives.drained();
    expect(statements(process)).toEqual([
      ['preparing', 'hold', 'expect'],
      ['aborting', 'release', 'cancel'],
      ['aborted'],
    ]);
    expect([money(process), stock.calls]).toEqual([UNTOUCHED, ['prepare', 'abort']]);
    expect(process.transactions.record('t').state).toMatchObject({ reason: { reasons: [{ branch: BOOK_BRANCH }] } });
  });

  test('shows its holds while the service has not voted', async () => {
    const { process, stock } = shop();
    const gate = new Gate();
    stock.before = () => gate.pass();
    const { record } = await process.created(postings, order);
    expect(record).toMatchObject({ state: { status: 'preparing' }, progress: ['prepared', 'prepared', 'none'] });
    expect(process.transactions.record('t').progress).toEqual(['prepared', 'prepared', 'none']);
    gate.open();
    await process.drives.drained();
  });

  test('that a process stored which does not lead has its accounts asked by the one that drives', async () => {
    const { process, other } = shop();
    const client = other();
    client.leads = false;
    await client.created(postings, order);
    await drive(process);
    expect([statements(client), statements(process)]).toEqual([
      [['preparing']],
      [['hold', 'expect'], ['committing', 'spend', 'receive'], ['committed']],
    ]);
    expect(money(process)).toEqual(MOVED);
  });

  test('whose driver died after the accounts promised goes on without a second promise', async () => {
    const { process, other, stock } = shop({ drivesAtOnce: false });
    await process.created(postings, order);
    const next = other();
    await drive(next);
    expect(statements(next)).toEqual([[], ['committing', 'spend', 'receive'], ['committed']]);
    expect([money(next), stock.calls]).toEqual([MOVED, ['prepare', 'commit']]);
  });

  test('whose driver died after the decision only tells the service', async () => {
    const { process, other, stock } = shop();
    stock.before = (call) => (call === 'commit' ? never : Promise.resolve());
    await process.created(postings, order);
    await runReady();
    expect([money(process), process.transactions.record('t').state.status]).toEqual([MOVED, 'committing']);
    stock.before = () => Promise.resolve();
    const next = other();
    await drive(next);
    expect(statements(next)).toEqual([['committed']]);
  });

  test('spends nothing when the deadline was first: the decision is fenced', async () => {
    const { process, stock } = shop();
    stock.after = (call) => {
      if (call === 'prepare') process.clock.nowMs += 60_000;
      return Promise.resolve();
    };
    await process.created(postings, order);
    await process.drives.drained();
    expect([money(process), stock.states.get('t')]).toEqual([UNTOUCHED, 'aborted']);
    expect(process.transactions.record('t').state).toMatchObject({ status: 'aborted', reason: { kind: 'timeout' } });
    expect(process.database.journal('a').map(({ kind }) => kind)).toEqual(['opened', 'deposit', 'hold', 'release']);
  });

  test('that a client aborts while the service thinks releases its accounts', async () => {
    const { process, stock, other } = shop();
    const gate = new Gate();
    stock.after = (call) => (call === 'prepare' ? gate.pass() : Promise.resolve());
    await process.created(postings, order);
    const client = await other().coordinator.get('t');
    await client?.abort();
    gate.open();
    await process.drives.drained();
    expect([money(process), stock.states.get('t')]).toEqual([UNTOUCHED, 'aborted']);
    expect(process.statuses('t')).toEqual(['preparing', 'aborting', 'aborted']);
  });

  test('that was aborted while its driver slept gets no late promise: the tombstone stops it', async () => {
    const { process, stock, other } = shop();
    const client = other({ drivesAtOnce: false });
    client.leads = false;
    const transaction = await client.created(postings, order);
    const gate = process.hold('append');
    const driving = drive(process);
    await runReady();
    await transaction.abort();
    await drive(other());
    gate.open();
    await driving;
    expect([money(process), stock.calls]).toEqual([UNTOUCHED, ['abort']]);
    expect(process.database.journal('a').map(({ kind }) => kind)).toEqual(['opened', 'deposit', 'tombstone']);
  });

  test('in two steps waits for its capture with everything promised, then commits with one statement each', async () => {
    const { process, stock } = shop();
    const manual = { ...query, capture: 'manual' as const };
    await process.created(postings, { id: 't', query: manual, expiresInMs: 60_000 });
    await process.drives.drained();
    expect(process.transactions.record('t').state.status).toBe('authorized');
    const transaction = await process.coordinator.get('t');
    await expect(transaction?.capture({ ...manual, postings })).resolves.toMatchObject({ kind: 'decided' });
    await process.drives.drained();
    expect(statements(process)).toEqual([
      ['preparing', 'hold', 'expect'],
      ['authorized'],
      ['committing'],
      ['spend', 'receive'],
      ['committed'],
    ]);
    expect([money(process), stock.states.get('t')]).toEqual([MOVED, 'committed']);
  });

  test('that expires releases its accounts with the decision', async () => {
    const { process, stock } = shop();
    const options = { id: 't', query: { ...query, capture: 'manual' as const }, expiresInMs: 60_000 };
    const { record } = await process.created(postings, options);
    expect(record.remainingMs).toBe(10_000);
    await process.drives.drained();
    process.clock.nowMs += 60_000;
    await drive(process);
    expect(statements(process).slice(2)).toEqual([['aborting', 'release', 'cancel'], ['aborted']]);
    expect([money(process), stock.states.get('t')]).toEqual([UNTOUCHED, 'aborted']);
  });
});

describe('an account that cannot carry out a decision', () => {
  /** A captured transfer that no driver was told of. */
  async function captured() {
    const { stock, process, other } = shop();
    const manual = { ...query, capture: 'manual' as const };
    await process.created(postings, { id: 't', query: manual, expiresInMs: 60_000 });
    await process.drives.drained();
    const client = await other({ drivesAtOnce: false }).coordinator.get('t');
    await client?.capture({ ...manual, postings });
    return { stock, process: other() };
  }

  test('keeps no service from hearing it, and then the transfer has failed', async () => {
    const { stock, process } = await captured();
    const { journals } = process.database;
    journals.set('a', journals.get('a')?.slice(0, 2) ?? []);
    await drive(process);
    expect(stock.states.get('t')).toBe('committed');
    const errors = [{ branch: 'a', message: 'commit of a branch that was never prepared' }];
    expect(process.transactions.record('t').state).toMatchObject({ status: 'failed', errors });
  });

  test('because another session locks it keeps no service from hearing it, and is tried again later', async () => {
    const { stock, process } = await captured();
    process.journal.before = (call) =>
      call.kind === 'append' ? Promise.reject(new Error('lock timeout')) : Promise.resolve();
    await drive(process);
    expect([stock.states.get('t'), process.transactions.record('t').state.status]).toEqual(['committed', 'committing']);
    expect(process.wakeUps.resumes.map(({ id }) => id)).toEqual(['t']);
    process.journal.before = () => Promise.resolve();
    await drive(process);
    expect([money(process), process.transactions.record('t').state.status]).toEqual([MOVED, 'committed']);
  });
});

import { Gate, runReady } from '../support/memoryGate';
import { posting } from './bank';
import { drive, MOVED, money, order, PROMISED, postings, query, shop, statements, UNTOUCHED } from './order';
import { BOOK_BRANCH } from './stock';

const never = new Promise<void>(() => undefined);

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
    expect(record.history.at(-1)).toMatchObject({ status: 'aborted', confirmed: ['a', 'b'] });
    expect(process.transactions.record('t').history).toEqual(record.history);
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
    const client = other({ leads: false });
    await client.created(postings, order);
    await drive(process);
    expect([statements(client), statements(process)]).toEqual([
      [['preparing']],
      [['hold', 'expect'], ['committing', 'spend', 'receive'], ['committed']],
    ]);
    expect(money(process)).toEqual(MOVED);
  });

  test('whose driver died after the accounts promised goes on without a second promise', async () => {
    const { process, other, stock } = shop({ drivesOn: false });
    await process.created(postings, order);
    const next = other();
    await drive(next);
    expect(statements(next)).toEqual([['committing', 'spend', 'receive'], ['committed']]);
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
    const client = other({ leads: false });
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

  test('whose accounts come after the service is a defect of its caller', async () => {
    const { process } = shop();
    const branches = [BOOK_BRANCH, 'a', 'b'];
    const creating = process.coordinator.create('t', { postings, ...query }, branches, { timeoutMs: 10_000 });
    await expect(creating).rejects.toThrow('the branches in the database of the record come before the others');
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

  test('in two steps is known to wait until its expiry, not until its deadline', async () => {
    const { process } = shop({ drivesOn: false });
    await process.created(postings, { id: 't', query: { ...query, capture: 'manual' }, expiresInMs: 60_000 });
    const { record } = await process.driver.drive(process.transactions.record('t'));
    expect(record).toMatchObject({ state: { status: 'authorized' }, remainingMs: 60_000 });
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

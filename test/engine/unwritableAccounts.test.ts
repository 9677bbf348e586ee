import { UnavailableError } from '../../src/engine/faults';
import type { Process } from './bank';
import { drive, MOVED, money, order, PROMISED, postings, query, shop, UNTOUCHED } from './order';

/** Another session locks the accounts: no statement that writes or reads one of them gets through. */
const lockedAccounts: Process['journal']['before'] = (call) =>
  call.kind === 'append' && call.batch.entries.length + call.batch.read.length > 0
    ? Promise.reject(new UnavailableError('lock timeout', 'not-started', { away: 'lock' }))
    : Promise.resolve();

describe('an account that cannot be written', () => {
  test.each([
    ['commit', 'committing'],
    ['abort', 'aborting'],
  ])('keeps no service from hearing that all %s', async (call, status) => {
    const { process, stock } = shop();
    if (call === 'abort') stock.refuses.add('t');
    stock.before = (now) => {
      if (now === 'prepare') process.journal.before = lockedAccounts;
      return Promise.resolve();
    };
    await process.created(postings, order);
    await process.drives.drained();
    expect([stock.calls, process.transactions.record('t').state.status]).toEqual([['prepare', call], status]);
    expect(money(process)).toEqual(PROMISED);
    expect(process.wakeUps.resumes.map(({ id }) => id)).toEqual(['t']);
    process.journal.before = () => Promise.resolve();
    await drive(process);
    expect(money(process)).toEqual(call === 'commit' ? MOVED : UNTOUCHED);
  });

  test('keeps no deadline from aborting a transfer', async () => {
    const { process, stock, other } = shop({ drivesOn: false });
    await process.created(postings, order);
    process.clock.nowMs += 60_000;
    const next = other();
    next.journal.before = lockedAccounts;
    await drive(next);
    expect(process.transactions.record('t').state).toMatchObject({ status: 'aborting', reason: { kind: 'timeout' } });
    expect(stock.calls).toEqual(['abort']);
  });

  test('keeps its promise from being asked for, until a later driver asks again', async () => {
    const { process, other } = shop();
    const client = other({ leads: false });
    await client.created(postings, order);
    process.journal.before = lockedAccounts;
    await drive(process);
    expect(process.wakeUps.resumes.map(({ id }) => id)).toEqual(['t']);
    process.journal.before = () => Promise.resolve();
    await drive(process);
    expect(money(process)).toEqual(MOVED);
  });
});

describe('an account that cannot carry out a decision', () => {
  /** A captured transfer that no driver was told of. */
  async function captured() {
    const { stock, process, other } = shop();
    const manual = { ...query, capture: 'manual' as const };
    await process.created(postings, { id: 't', query: manual, expiresInMs: 60_000 });
    await process.drives.drained();
    const client = await other({ drivesOn: false }).coordinator.get('t');
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

  test('is told of while the service is away', async () => {
    const { stock, process } = await captured();
    const { journals } = process.database;
    journals.set('a', journals.get('a')?.slice(0, 2) ?? []);
    stock.before = () => Promise.reject(new Error('connection refused'));
    const [driven] = await process.drives.drive(['t'], { repeats: false });
    expect(driven).toMatchObject({ kind: 'unfinished', error: { message: 'connection refused' } });
    stock.patience = { backoff: { initialMs: 100, maxMs: 1_000 }, attemptsMax: 1 };
    const [patient] = await process.drives.drive(['t'], { repeats: false });
    const message = 'a: commit of a branch that was never prepared';
    expect(patient).toMatchObject({ kind: 'unfinished', error: { message } });
  });

  test('because another session locks it keeps no service from hearing it, and is tried again later', async () => {
    const { stock, process } = await captured();
    process.journal.before = lockedAccounts;
    await drive(process);
    expect([stock.states.get('t'), process.transactions.record('t').state.status]).toEqual(['committed', 'committing']);
    expect(process.wakeUps.resumes.map(({ id }) => id)).toEqual(['t']);
    process.journal.before = () => Promise.resolve();
    await drive(process);
    expect([money(process), process.transactions.record('t').state.status]).toEqual([MOVED, 'committed']);
  });
});

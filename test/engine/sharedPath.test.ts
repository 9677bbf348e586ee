import { runReady } from '../support/memoryGate';
import { accountIn, balanceIn, beside, type Process, posting, processWith } from './bank';

const postings = [posting('a', 'b', 6n)];
const money = (process: Process, ...accounts: readonly string[]) =>
  accounts.map((account) => {
    const { balance, held, incoming } = accountIn(process, account);
    return [balance, held, incoming];
  });

/** A transaction `t` that is decided to commit, and that no driver was told of. */
async function captured(client: Process): Promise<void> {
  const query = { capture: 'manual' as const };
  const transaction = await client.created(postings, { id: 't', query, expiresInMs: 60_000 });
  await expect(transaction.capture({ ...query, postings })).resolves.toMatchObject({ kind: 'decided' });
}

describe('a transfer whose branches share the database of its record', () => {
  test('its caller hears of it only after its statement has landed', async () => {
    const process = processWith({ a: 10n, b: 0n });
    const gate = process.hold('append');
    let heard = false;
    const creating = process.created(postings, { id: 't' }).then(() => {
      heard = true;
    });
    await runReady();
    expect([heard, process.database.transactions.size, money(process, 'a')]).toEqual([false, 0, [[10n, 0n, 0n]]]);
    gate.open();
    await creating;
  });

  test('that is refused is aborted with its record, tells every reason, and leaves nothing in any journal', async () => {
    const process = processWith({ a: 5n, b: 0n, c: 1n });
    const { record } = await process.created([posting('a', 'b', 6n), posting('c', 'b', 4n)], { id: 't' });
    const reasons = [
      { branch: 'a', reason: { kind: 'insufficient-funds', account: 'a', missing: 1n } },
      { branch: 'c', reason: { kind: 'insufficient-funds', account: 'c', missing: 3n } },
    ];
    expect(record.state).toMatchObject({ status: 'aborted', reason: { kind: 'branches', reasons } });
    expect(process.statuses('t')).toEqual(['preparing', 'aborting', 'aborted']);
    expect(process.appends).toHaveLength(1);
    expect(process.journal.kinds()).toEqual([[]]);
    expect(process.drives.load).toBe(0);
  });

  test('asks nothing of who would receive while one that pays refuses', async () => {
    const process = processWith({ a: 5n });
    const { record } = await process.created([posting('a', 'missing', 6n)]);
    const reasons = [{ branch: 'a' }];
    expect(record.state).toMatchObject({ status: 'aborted', reason: { kind: 'branches', reasons } });
    const funded = processWith({ a: 6n });
    await expect(funded.created([posting('a', 'missing', 6n)])).resolves.toMatchObject({
      record: { state: { reason: { reasons: [{ branch: 'missing', reason: { kind: 'account-not-found' } }] } } },
    });
    expect(money(funded, 'a')).toEqual([[6n, 0n, 0n]]);
  });

  test('over many accounts moves each posting, and an account that both pays and receives holds the difference', async () => {
    const process = processWith({ a: 10n, b: 0n, c: 0n });
    const transfer = [posting('a', 'b', 10n), posting('b', 'c', 4n)];
    const tooMuch = [...transfer, posting('a', 'c', 1n)];
    await expect(process.created(tooMuch)).resolves.toMatchObject({ record: { state: { status: 'aborted' } } });
    await process.created(transfer);
    await process.drives.drained();
    expect(money(process, 'a', 'b', 'c')).toEqual([
      [0n, 0n, 0n],
      [6n, 0n, 0n],
      [4n, 0n, 0n],
    ]);
    expect(process.database.journal('b').map(({ kind }) => kind)).toEqual(['opened', 'expect', 'receive', 'spend']);
  });

  test('that is to be captured is authorized with its record, and waits', async () => {
    const process = processWith({ a: 10n, b: 0n });
    const options = { id: 't', query: { capture: 'manual' as const }, expiresInMs: 60_000 };
    const { record } = await process.created(postings, options);
    expect(record).toMatchObject({ state: { status: 'authorized' }, remainingMs: 60_000 });
    expect(process.statuses('t')).toEqual(['preparing', 'authorized']);
    expect([process.drives.load, money(process, 'a', 'b')]).toEqual([
      0,
      [
        [10n, 6n, 0n],
        [0n, 0n, 6n],
      ],
    ]);
    process.clock.nowMs = 60_000;
    await process.drives.drive(['t'], { repeats: false });
    expect(process.transactions.record('t').state).toMatchObject({ status: 'aborted', reason: { kind: 'expired' } });
    expect(money(process, 'a', 'b')).toEqual([
      [10n, 0n, 0n],
      [0n, 0n, 0n],
    ]);
  });

  test('that was stored by a process that does not lead takes the rest of its way in one statement', async () => {
    const process = processWith({ a: 10n, b: 0n });
    const client = beside(process, { leads: false });
    const { record } = await client.created(postings, { id: 't' });
    expect(record.state.status).toBe('preparing');
    await process.drives.drive(['t'], { repeats: false });
    expect(process.appends.map(({ moves }) => moves.length)).toEqual([1]);
    expect(process.journal.kinds()).toEqual([['hold', 'expect', 'spend', 'receive']]);
    expect(process.statuses('t')).toEqual(['preparing', 'committing', 'committed']);
  });

  test('that a client aborts before a driver comes leaves tombstones', async () => {
    const process = processWith({ a: 10n, b: 0n });
    const client = beside(process, { leads: false });
    const transaction = await client.created(postings, { id: 't' });
    await transaction.abort();
    await process.drives.drive(['t'], { repeats: false });
    expect(process.journal.kinds()).toEqual([['tombstone', 'tombstone']]);
    await expect(process.branches.of('a').prepare('t', { postings })).resolves.toMatchObject({ kind: 'abort' });
  });

  test('promises nothing when a client’s abort was first: its statement is fenced', async () => {
    const process = processWith({ a: 10n, b: 0n });
    const client = beside(process, { leads: false });
    const transaction = await client.created(postings, { id: 't' });
    await process.deposit('a', 0n);
    const gate = process.hold('append');
    const driving = process.drives.drive(['t'], { repeats: false });
    await runReady();
    await transaction.abort();
    gate.open();
    await driving;
    expect(process.database.journal('a').map(({ kind }) => kind)).toEqual([
      'opened',
      'deposit',
      'deposit',
      'tombstone',
    ]);
    expect(process.statuses('t')).toEqual(['preparing', 'aborting', 'aborted']);
  });

  test('holds up no other unit of the statement that it loses', async () => {
    const process = processWith({ a: 10n, b: 0n, c: 5n }, { conflictsMax: 1 });
    const client = beside(process, { leads: false });
    const transaction = await client.created(postings, { id: 't' });
    await Promise.all(['a', 'b', 'c'].map((account) => process.deposit(account, 0n)));
    const gate = process.hold('append');
    const driving = process.drives.drive(['t'], { repeats: false });
    const others = [process.withdraw('c', 5n), process.withdraw('a', 10n)];
    await runReady();
    await transaction.abort();
    gate.open();
    await driving;
    await expect(Promise.all(others)).resolves.toMatchObject([{ balance: 0n }, { balance: 0n }]);
  });

  test('whose driver died after the decision is ended by others, once', async () => {
    const process = processWith({ a: 10n, b: 0n });
    await captured(beside(process, { drivesOn: false }));
    await Promise.all([1, 2].map(() => beside(process).drives.drive(['t'], { repeats: false })));
    expect([balanceIn(process, 'a'), balanceIn(process, 'b')]).toEqual([4n, 6n]);
    expect(process.database.journal('a').map(({ kind }) => kind)).toEqual(['opened', 'deposit', 'hold', 'spend']);
  });

  test('fails when a branch cannot commit whatever is retried, and goes on when that is mended', async () => {
    const process = processWith({ a: 10n, b: 0n });
    await captured(beside(process, { drivesOn: false }));
    const { journals } = process.database;
    const [journal, damaged] = [journals.get('a') ?? [], journals.get('a')?.slice(0, 2) ?? []];
    journals.set('a', damaged);
    await process.drives.drive(['t'], { repeats: false });
    const errors = [{ branch: 'a', message: 'commit of a branch that was never prepared' }];
    expect(process.transactions.record('t').state).toMatchObject({ status: 'failed', errors });
    journals.set('a', journal);
    const operator = beside(process, { drivesOn: false });
    await expect((await operator.coordinator.get('t'))?.resume()).resolves.toBe(true);
    await operator.drives.drive(['t'], { repeats: false });
    expect([balanceIn(process, 'a'), balanceIn(process, 'b')]).toEqual([4n, 6n]);
  });
});

test('a transfer that is taken step by step has each step durable before the next, payers first', async () => {
  const process = processWith({ a: 10n, b: 0n }, { stepByStep: true });
  await process.created(postings, { id: 't' });
  await process.drives.drained();
  const steps = process.appends.map(({ created, entries, moves }) => [
    ...created.map(({ status }) => status),
    ...entries.map(({ kind }) => kind),
    ...moves.map(({ to }) => to),
  ]);
  expect(steps).toEqual([['preparing'], ['hold'], ['expect'], ['committing'], ['spend', 'receive'], ['committed']]);
  expect(money(process, 'a', 'b')).toEqual([
    [4n, 0n, 0n],
    [6n, 0n, 0n],
  ]);
});

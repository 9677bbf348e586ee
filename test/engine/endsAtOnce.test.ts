import { UnavailableError } from '../../src/engine/faults';
import { transactionMoved } from '../../src/engine/telemetry';
import { runReady } from '../support/memoryGate';
import { accountIn, balanceIn, beside, type Process, posting, processWith } from './bank';

const postings = [posting('a', 'b', 6n)];

/** What the metrics hear of moves. */
async function movesDuring<T>(act: () => Promise<T>): Promise<{ value: T; told: readonly unknown[] }> {
  const told: unknown[] = [];
  const end = transactionMoved.listen((move) => told.push(move));
  try {
    return { value: await act(), told };
  } finally {
    end();
  }
}

/** Fails one statement of the process, before or after it takes effect. */
function loseOne({ journal }: Process, where: 'before' | 'after'): void {
  let isFirst = true;
  journal[where] = async ({ kind }) => {
    if (kind !== 'append' || !isFirst) return;
    isFirst = false;
    throw new UnavailableError('the connection was lost', 'unknown');
  };
}

describe('a transfer that ends in the statement that begins it', () => {
  test('passes both phases in one statement: each branch is prepared, then committed', async () => {
    const process = processWith({ a: 10n, b: 0n });
    const { record } = await process.created(postings, { id: 't' });
    expect(record.state.status).toBe('committed');
    expect(process.journal.kinds()).toEqual([['hold', 'expect', 'spend', 'receive']]);
    expect(process.statuses('t')).toEqual(['preparing', 'committing', 'committed']);
    expect([accountIn(process, 'a'), accountIn(process, 'b')]).toMatchObject([
      { balance: 4n, held: 0n },
      { balance: 6n, incoming: 0n },
    ]);
    expect([process.drives.load, process.wakeUps.drives]).toEqual([0, []]);
  });

  test('is returned as it is stored', async () => {
    const process = processWith({ a: 10n, b: 0n });
    const { record } = await process.created(postings, { id: 't', metadata: { order: 7 }, requestedBy: 'alice' });
    expect(record).toMatchObject({ ...process.transactions.record('t'), remainingMs: expect.any(Number) });
    const refused = await process.created([posting('a', 'b', 100n)], { id: 'refused' });
    expect(refused.record).toMatchObject({ ...process.transactions.record('refused'), remainingMs: 10_000 });
  });

  test('leaves nothing in memory: the journal answers a call that repeats it', async () => {
    const process = processWith({ a: 10n, b: 0n });
    await process.created(postings, { id: 't' });
    for (const account of ['a', 'b']) {
      expect(process.accounts.of(account).branch('t')).toBeUndefined();
      const branch = process.branches.of(account);
      await branch.commit('t', { postings });
      await expect(branch.prepare('t', { postings })).resolves.toEqual({ kind: 'commit' });
      await expect(branch.abort('t', { kind: 'timeout' })).rejects.toMatchObject({ name: 'TerminalError' });
    }
    expect(process.journal.kinds().flat()).toEqual(['hold', 'expect', 'spend', 'receive']);
  });

  test('moves once where another process has stored it, and its creation meets its driver in one statement', async () => {
    const process = processWith({ a: 20n, b: 0n, c: 0n }, { statementsMax: 1 });
    await beside(process, { leads: false }).created(postings, { id: 't' });
    const stored = await process.coordinator.get('t');
    if (!stored) throw new Error('the other process stored nothing');
    const gate = process.hold('append');
    const before = process.deposit('c', 1n);
    await runReady();
    const again = process.coordinator.createFor({
      id: 't',
      type: 'transfer',
      query: { postings },
      branches: ['a', 'b'],
      askedFirst: 1,
      status: 'preparing',
      timeoutMs: 10_000,
    });
    process.drives.start(stored.record);
    await runReady();
    gate.open();
    await before;
    await expect(again).resolves.toMatchObject({ kind: 'created' });
    await runReady();
    expect(process.journal.kinds().map((kinds) => kinds.length)).toContain(8);
    expect(process.database.journal('a').map(({ kind }) => kind)).toEqual(['opened', 'deposit', 'hold', 'spend']);
    expect([balanceIn(process, 'a'), balanceIn(process, 'b')]).toEqual([14n, 6n]);
  });

  test('spends what another transfer pays in the same statement', async () => {
    const process = processWith({ a: 10n, b: 0n, c: 0n });
    await Promise.all([process.created([posting('a', 'b', 10n)]), process.created([posting('b', 'c', 10n)])]);
    expect(process.journal.kinds()).toHaveLength(1);
    expect(['a', 'b', 'c'].map((account) => balanceIn(process, account))).toEqual([0n, 0n, 10n]);
  });

  test('is decided again after a conflict, on the balances of that moment', async () => {
    const process = processWith({ a: 10n, b: 0n });
    const other = beside(process);
    await other.deposit('a', 0n);
    const gate = process.hold('append');
    const creating = process.created(postings, { id: 't' });
    await runReady();
    await other.withdraw('a', 10n);
    gate.open();
    const { record } = await creating;
    expect(record.state).toMatchObject({ status: 'aborted', reason: { kind: 'branches', reasons: [{ branch: 'a' }] } });
    expect(balanceIn(process, 'a')).toBe(0n);
  });

  test.each(['before', 'after'] as const)(
    'ends once when the connection is lost %s the statement takes effect',
    async (where) => {
      const process = processWith({ a: 10n, b: 0n });
      loseOne(process, where);
      const { told, value } = await movesDuring(() => process.created(postings, { id: 't' }));
      expect(value.record.state.status).toBe('committed');
      expect(process.database.journal('a').map(({ kind }) => kind)).toEqual(['opened', 'deposit', 'hold', 'spend']);
      expect(told).toEqual([{ from: 'preparing', to: 'committed', phaseMs: undefined }]);
    },
  );

  test('that waits for a capture takes its first step only', async () => {
    const process = processWith({ a: 10n, b: 0n });
    const options = { id: 't', query: { capture: 'manual' as const }, expiresInMs: 60_000 };
    await expect(process.created(postings, options)).resolves.toMatchObject({
      record: { state: { status: 'authorized' }, remainingMs: 60_000 },
    });
    expect(process.journal.kinds()).toEqual([['hold', 'expect']]);
  });
});

describe('a transfer that another process stored, and a driver takes to its end with one move', () => {
  async function stored(timeoutMs = 10_000): Promise<{ process: Process; client: Process }> {
    const process = processWith({ a: 10n, b: 0n });
    const client = beside(process, { leads: false });
    await client.created(postings, { id: 't', timeoutMs });
    return { process, client };
  }

  const drive = ({ drives }: Process) => drives.drive(['t'], { repeats: false });
  const asStored = ({ transactions }: Process) => [
    { kind: 'at-rest', record: { ...transactions.record('t'), remainingMs: expect.any(Number) } },
  ];
  const kindsOf = ({ database }: Process, account: string) => database.journal(account).map(({ kind }) => kind);

  test('is told as it is stored, and its time was that of the first phase', async () => {
    const { process } = await stored();
    process.clock.nowMs = 45;
    const { told, value } = await movesDuring(() => drive(process));
    expect(value).toEqual(asStored(process));
    expect(told).toEqual([{ from: 'preparing', to: 'committed', phaseMs: 45 }]);
  });

  test.each(['before', 'after'] as const)('ends once when the connection is lost %s it takes effect', async (where) => {
    const { process } = await stored();
    loseOne(process, where);
    expect(await drive(process)).toEqual(asStored(process));
    expect([kindsOf(process, 'a'), kindsOf(process, 'b')]).toEqual([
      ['opened', 'deposit', 'hold', 'spend'],
      ['opened', 'expect', 'receive'],
    ]);
  });

  test.each([
    ['before', 'aborting', ['opened', 'deposit', 'tombstone']],
    ['after', 'too-late-to-abort', ['opened', 'deposit', 'hold', 'spend']],
  ] as const)('meets a client that aborts %s it takes effect', async (where, answer, kinds) => {
    const { process, client } = await stored();
    const gate = process.hold('append', where);
    const driving = drive(process);
    await runReady();
    const transaction = await client.coordinator.get('t');
    await expect(transaction?.abort()).resolves.toMatchObject({ kind: answer });
    gate.open();
    expect(await driving).toEqual(asStored(process));
    expect(kindsOf(process, 'a')).toEqual(kinds);
  });

  test('is aborted when its deadline comes before the statement, whatever the driver had decided', async () => {
    const { process } = await stored(100);
    const gate = process.hold('append');
    const driving = drive(process);
    await runReady();
    process.clock.nowMs = 100;
    gate.open();
    expect(await driving).toEqual(asStored(process));
    expect(process.transactions.record('t').state).toMatchObject({ status: 'aborted', reason: { kind: 'timeout' } });
    expect(kindsOf(process, 'a')).toEqual(['opened', 'deposit', 'tombstone']);
  });
});

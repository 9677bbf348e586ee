import type { BranchCommand } from '../../src/domain/account/commands';
import { decideBranch } from '../../src/domain/account/decideBranch';
import { type AccountBranchState, type AccountState, EMPTY, type OpenAccount } from '../../src/domain/account/state';

const T = 'transaction';
const account: OpenAccount = { ...EMPTY, balance: 100n, held: 30n, incoming: 5n };

const rows = {
  'no row': undefined,
  prepared: { state: 'prepared', held: 30n, incoming: 0n },
  'prepared to receive': { state: 'prepared', held: 0n, incoming: 5n },
  committed: { state: 'committed' },
  aborted: { state: 'aborted' },
} as const satisfies Record<string, AccountBranchState | undefined>;

const calls = {
  'prepare to pay': { type: 'Prepare', transactionId: T, promised: { held: 30n, incoming: 0n, arrivingMax: 0n } },
  'prepare to receive': { type: 'Prepare', transactionId: T, promised: { held: 0n, incoming: 5n, arrivingMax: 5n } },
  commit: { type: 'Commit', transactionId: T, lines: [{ direction: 'out', amount: 30n, posting: 0 }] },
  'commit income': { type: 'Commit', transactionId: T, lines: [{ direction: 'in', amount: 5n, posting: 0 }] },
  abort: { type: 'Abort', transactionId: T },
} as const satisfies Record<string, BranchCommand>;

const repeated = { kind: 'accepted', events: [] };
const voteAbort = { kind: 'refused', refusal: { kind: 'branch-aborted' } };
const violation = (detail: string) => ({ kind: 'refused', refusal: { kind: 'protocol-violation', detail } });
const accepted = (...events: readonly object[]) => ({
  kind: 'accepted',
  events: events.map((event) => ({ ...event, transactionId: T })),
});
const tombstone = accepted({ kind: 'tombstone' });
const hold = accepted({ kind: 'hold', amount: 30n });
const expectation = accepted({ kind: 'expect', amount: 5n });
const spend = accepted({ kind: 'spend', amount: 30n, promised: 30n, posting: 0 });
const receive = accepted({ kind: 'receive', amount: 5n, promised: 5n, posting: 0 });
const release = accepted({ kind: 'release', amount: 30n });
const cancel = accepted({ kind: 'cancel', amount: 5n });

const table: readonly [keyof typeof calls, keyof typeof rows, object][] = [
  ['prepare to pay', 'no row', hold],
  ['prepare to pay', 'prepared', repeated],
  ['prepare to pay', 'committed', repeated],
  ['prepare to pay', 'aborted', voteAbort],
  ['prepare to receive', 'no row', expectation],
  ['prepare to receive', 'prepared to receive', repeated],
  ['prepare to receive', 'committed', repeated],
  ['prepare to receive', 'aborted', voteAbort],
  ['commit', 'no row', violation('commit of a branch that was never prepared')],
  ['commit', 'prepared', spend],
  ['commit income', 'prepared to receive', receive],
  ['commit', 'committed', repeated],
  ['commit', 'aborted', violation('commit of a branch that was aborted')],
  ['abort', 'no row', tombstone],
  ['abort', 'prepared', release],
  ['abort', 'prepared to receive', cancel],
  ['abort', 'committed', violation('abort of a branch that was committed')],
  ['abort', 'aborted', repeated],
];

/** The table in src/README.md: three calls, four rows. */
const CALLS = { 'prepare to pay': 'prepare', 'prepare to receive': 'prepare', 'commit income': 'commit' } as const;
const ROWS = { 'prepared to receive': 'prepared' } as const;

describe('the participant table', () => {
  test.each(table)('%s on %s', (call, row, expected) => {
    expect(decideBranch({ account, branch: rows[row] }, calls[call])).toEqual(expected);
  });

  test('has a cell for every call on every row', () => {
    const cells = new Set(
      table.map(
        ([call, row]) =>
          `${call in CALLS ? CALLS[call as keyof typeof CALLS] : call} on ${row in ROWS ? ROWS[row as keyof typeof ROWS] : row}`,
      ),
    );
    expect(cells.size).toBe(3 * 4);
  });

  test('a prepare that asks for more than is available votes abort, tells what is missing, and leaves no row', () => {
    const promised = { held: 71n, incoming: 0n, arrivingMax: 0n };
    expect(decideBranch({ account, branch: undefined }, { type: 'Prepare', transactionId: T, promised })).toEqual({
      kind: 'refused',
      refusal: { kind: 'insufficient-funds', missing: 1n },
    });
  });

  test('a repeated prepare is answered from its row, whatever became of the funds since', () => {
    const spent: OpenAccount = { ...EMPTY, balance: 30n, held: 30n };
    expect(decideBranch({ account: spent, branch: rows.prepared }, calls['prepare to pay'])).toEqual(repeated);
  });

  const terms = { ...EMPTY.terms, frozen: 'all' as const };
  test.each<[string, AccountState, string]>([
    ['does not exist', { status: 'absent' }, 'account-not-found'],
    ['is closed', { status: 'closed', terms: EMPTY.terms }, 'account-closed'],
    ['is frozen', { ...account, terms }, 'account-frozen'],
  ])('a prepare of an account that %s votes abort', (_, state, kind) => {
    for (const call of ['prepare to pay', 'prepare to receive'] as const) {
      expect(decideBranch({ account: state, branch: undefined }, calls[call])).toMatchObject({ refusal: { kind } });
    }
  });

  test.each<[string, AccountState]>([
    ['does not exist', { status: 'absent' }],
    ['is closed', { status: 'closed', terms: EMPTY.terms }],
    ['is frozen', { ...account, terms }],
  ])('the abort of a branch of an account that %s leaves a tombstone all the same', (_, state) => {
    expect(decideBranch({ account: state, branch: undefined }, calls.abort)).toEqual(tombstone);
  });

  test('an account that was frozen since still commits and aborts what it prepared', () => {
    const frozen = { ...account, terms };
    expect(decideBranch({ account: frozen, branch: rows.prepared }, calls.commit)).toEqual(spend);
    expect(decideBranch({ account: frozen, branch: rows.prepared }, calls.abort)).toEqual(release);
  });

  test('a branch whose postings cancel out is there all the same, and moves each of them', () => {
    const promised = { held: 0n, incoming: 0n, arrivingMax: 7n };
    const branch = { state: 'prepared', held: 0n, incoming: 0n } as const;
    const lines = [
      { direction: 'out', amount: 7n, posting: 0 },
      { direction: 'in', amount: 7n, posting: 1 },
    ] as const;
    const view = { account: { ...EMPTY }, branch: undefined };
    expect(decideBranch(view, { type: 'Prepare', transactionId: T, promised })).toEqual(
      accepted({ kind: 'hold', amount: 0n }),
    );
    expect(decideBranch({ ...view, branch }, { type: 'Commit', transactionId: T, lines })).toEqual(
      accepted(
        { kind: 'receive', amount: 7n, promised: 0n, posting: 1 },
        { kind: 'spend', amount: 7n, promised: 0n, posting: 0 },
      ),
    );
    expect(decideBranch({ ...view, branch }, calls.abort)).toEqual(accepted({ kind: 'release', amount: 0n }));
  });
});

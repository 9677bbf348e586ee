import type { BranchCommand } from '../../src/domain/account/commands';
import { decide } from '../../src/domain/account/decide';
import type { AccountBranchState, OpenAccount } from '../../src/domain/account/state';

const T = 'transaction';
const account: OpenAccount = { status: 'open', balance: 100n, held: 30n, incoming: 5n };

const rows = {
  'no row': undefined,
  prepared: { state: 'prepared', direction: 'debit', amount: 30n },
  committed: { state: 'committed', direction: 'debit', amount: 30n },
  aborted: { state: 'aborted', direction: 'debit', amount: 30n },
  tombstone: { state: 'tombstone' },
} as const satisfies Record<string, AccountBranchState | undefined>;

const calls = {
  'prepare (debit)': { type: 'PrepareDebit', transactionId: T, amount: 30n },
  'prepare (credit)': { type: 'PrepareCredit', transactionId: T, amount: 30n },
  commit: { type: 'CommitBranch', transactionId: T },
  abort: { type: 'AbortBranch', transactionId: T },
} as const satisfies Record<string, BranchCommand>;

const repeated = { kind: 'accepted', events: [] };
const voteAbort = { kind: 'refused', refusal: { kind: 'branch-aborted' } };
const debit = { transactionId: T, direction: 'debit', amount: 30n };
const credit = { transactionId: T, direction: 'credit', amount: 30n };
const violation = (detail: string) => ({ kind: 'refused', refusal: { kind: 'protocol-violation', detail } });
const accepted = (event: object) => ({ kind: 'accepted', events: [event] });

const table: readonly [keyof typeof calls, keyof typeof rows, object][] = [
  ['prepare (debit)', 'no row', accepted({ type: 'BranchPrepared', ...debit })],
  ['prepare (debit)', 'prepared', repeated],
  ['prepare (debit)', 'committed', repeated],
  ['prepare (debit)', 'aborted', voteAbort],
  ['prepare (debit)', 'tombstone', voteAbort],
  ['prepare (credit)', 'no row', accepted({ type: 'BranchPrepared', ...credit })],
  ['prepare (credit)', 'prepared', repeated],
  ['prepare (credit)', 'committed', repeated],
  ['prepare (credit)', 'aborted', voteAbort],
  ['prepare (credit)', 'tombstone', voteAbort],
  ['commit', 'no row', violation('commit of a branch that was never prepared')],
  ['commit', 'prepared', accepted({ type: 'BranchCommitted', ...debit })],
  ['commit', 'committed', repeated],
  ['commit', 'aborted', violation('commit of a branch that was aborted')],
  ['commit', 'tombstone', violation('commit of a branch that was aborted')],
  ['abort', 'no row', accepted({ type: 'BranchTombstoned', transactionId: T })],
  ['abort', 'prepared', accepted({ type: 'BranchAborted', ...debit })],
  ['abort', 'committed', violation('abort of a branch that was committed')],
  ['abort', 'aborted', repeated],
  ['abort', 'tombstone', repeated],
];

describe('the participant table', () => {
  test.each(table)('%s on %s', (call, row, expected) => {
    expect(decide(account, rows[row], calls[call])).toEqual(expected);
  });

  test('has a cell for every call on every row', () => {
    const cells = new Set(table.map(([call, row]) => `${call} on ${row}`));
    expect(cells.size).toBe(Object.keys(calls).length * Object.keys(rows).length);
  });

  test('prepare of a debit votes abort, and leaves no row, when the funds are not available', () => {
    const command = { type: 'PrepareDebit', transactionId: T, amount: 71n } as const;
    expect(decide(account, undefined, command)).toEqual({
      kind: 'refused',
      refusal: { kind: 'insufficient-funds', missing: 1n },
    });
  });

  test('a repeated prepare is answered from its row, whatever became of the funds since', () => {
    const spent: OpenAccount = { status: 'open', balance: 30n, held: 30n, incoming: 0n };
    expect(decide(spent, rows.prepared, calls['prepare (debit)'])).toEqual(repeated);
  });

  test.each(['PrepareDebit', 'PrepareCredit'] as const)('%s on an account that is absent votes abort', (type) => {
    expect(decide({ status: 'absent' }, undefined, { type, transactionId: T, amount: 1n })).toEqual({
      kind: 'refused',
      refusal: { kind: 'account-not-found' },
    });
  });

  test('the abort of a branch of an absent account leaves a tombstone all the same', () => {
    expect(decide({ status: 'absent' }, undefined, calls.abort)).toEqual(
      accepted({ type: 'BranchTombstoned', transactionId: T }),
    );
  });
});

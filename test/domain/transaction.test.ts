import { decide } from '../../src/domain/transaction/decide';
import { pendingWork } from '../../src/domain/transaction/pendingWork';
import {
  confirm,
  eventsOf,
  failure,
  preparing,
  type State,
  tell,
  timeout,
  voteAbort,
  voteCommit,
} from './transactions';

const start = preparing(['a', 'b']);
const committing = tell(start, voteCommit('a'), voteCommit('b'));
const aborting = tell(start, timeout);
const committed = tell(committing, confirm('a'), confirm('b'));
const aborted = tell(aborting, confirm('a'), confirm('b'));
const failed = tell(committing, failure);

describe('a transaction', () => {
  test('asks every branch to prepare at first', () => {
    expect(pendingWork(start)).toEqual([
      { type: 'prepare', branch: 'a', query: start.query },
      { type: 'prepare', branch: 'b', query: start.query },
    ]);
  });

  test('does not repeat a prepare after the vote of its branch is recorded', () => {
    expect(pendingWork(tell(start, voteCommit('a'))).map(({ branch }) => branch)).toEqual(['b']);
  });

  test('decides to commit with the last vote and not before', () => {
    expect(tell(start, voteCommit('a')).status).toBe('preparing');
    expect(eventsOf(tell(start, voteCommit('a')), voteCommit('b')).map(({ type }) => type)).toEqual([
      'VoteRecorded',
      'CommitDecided',
    ]);
    expect(committing.status).toBe('committing');
  });

  test('counts the vote of a branch once, however often it comes', () => {
    expect(tell(start, voteCommit('a'), voteCommit('a'), voteCommit('a')).status).toBe('preparing');
  });

  test('ignores the vote of a stranger', () => {
    expect(tell(start, voteCommit('x'), voteAbort('x'))).toEqual(start);
  });

  test('one vote to abort decides without waiting for the others, and tells whose it was', () => {
    expect(tell(start, voteAbort('b', 'no funds'))).toMatchObject({
      status: 'aborting',
      reason: { kind: 'branches', reasons: [{ branch: 'b', reason: { why: 'no funds' } }] },
    });
  });

  test('sends the abort to every branch, the one that voted for it too', () => {
    const calls = pendingWork(tell(start, voteAbort('b')));
    expect(calls.map(({ type, branch }) => [type, branch])).toEqual([
      ['abort', 'a'],
      ['abort', 'b'],
    ]);
  });

  test('is final when every branch has confirmed', () => {
    expect(tell(committing, confirm('a')).status).toBe('committing');
    expect(committed.status).toBe('committed');
    expect(aborted).toMatchObject({ status: 'aborted', reason: { kind: 'timeout' } });
  });

  test('of one branch is decided by its only vote', () => {
    expect(tell(preparing(['only']), voteCommit('only')).status).toBe('committing');
  });

  test('keeps the first reason for which it was aborted', () => {
    const client = { type: 'Abort', reason: { kind: 'client', reason: 'late' } } as const;
    expect(tell(aborting, client)).toEqual(aborting);
    expect(tell(aborted, client)).toEqual(aborted);
  });

  test.each<[string, State]>([
    ['committing', committing],
    ['committed', committed],
    ['failed', failed],
  ])('that is %s is too late to abort', (_, state) => {
    expect(decide(state, timeout)).toEqual({ kind: 'refused', refusal: { kind: 'too-late-to-abort' } });
  });

  test('that failed owes nothing until it is resumed, and then asks every branch again', () => {
    const halfway = tell(committing, confirm('a'), failure);
    expect(pendingWork(halfway)).toEqual([]);
    expect(pendingWork(tell(halfway, { type: 'Resume' })).map(({ type, branch }) => [type, branch])).toEqual([
      ['commit', 'a'],
      ['commit', 'b'],
    ]);
  });

  test('that failed before its decision may still go either way after a resume', () => {
    const resumed = tell(start, voteCommit('a'), failure, { type: 'Resume' });
    expect(resumed).toEqual(start);
    expect(tell(resumed, voteAbort('a')).status).toBe('aborting');
  });

  test.each<[string, State]>([
    ['preparing', start],
    ['committing', committing],
    ['aborting', aborting],
    ['committed', committed],
    ['aborted', aborted],
  ])('that is %s has nothing to resume', (_, state) => {
    expect(decide(state, { type: 'Resume' })).toEqual({ kind: 'refused', refusal: { kind: 'not-failed' } });
  });
});

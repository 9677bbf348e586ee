import { decide } from '../../src/domain/transaction/decide';
import { pendingWork } from '../../src/domain/transaction/pendingWork';
import {
  capture,
  confirm,
  eventsOf,
  expired,
  failure,
  preparing,
  type State,
  tell,
  timeout,
  voided,
  voteAbort,
  voteCommit,
} from './transactions';

const start = preparing(['a', 'b']);
const committing = tell(start, voteCommit('a', 'b'));
const aborting = tell(start, timeout);
const committed = tell(committing, confirm('a'), confirm('b'));
const aborted = tell(aborting, confirm('a'), confirm('b'));
const failed = tell(committing, failure);
const twoStep = preparing(['a', 'b'], { isTwoStep: true });
const authorized = tell(twoStep, voteCommit('a', 'b'));

const calls = (state: State) => pendingWork(state).map(({ type, branch }) => `${type} ${branch}`);
const refused = (kind: string) => ({ kind: 'refused', refusal: { kind } });

describe('a transaction', () => {
  test('asks every branch to prepare at first', () => {
    expect(pendingWork(start)).toEqual([
      { type: 'prepare', branch: 'a', query: start.query },
      { type: 'prepare', branch: 'b', query: start.query },
    ]);
  });

  test('does not repeat a prepare after the vote of its branch is recorded', () => {
    expect(calls(tell(start, voteCommit('a')))).toEqual(['prepare b']);
  });

  test('asks the branches that could be asked in vain only when those that pay have all voted to commit', () => {
    const three = preparing(['a', 'b', 'c'], { askedFirst: 2 });
    expect(calls(three)).toEqual(['prepare a', 'prepare b']);
    expect(calls(tell(three, voteCommit('b')))).toEqual(['prepare a']);
    expect(calls(tell(three, voteCommit('b'), voteCommit('a')))).toEqual(['prepare c']);
    expect(calls(tell(three, voteAbort('b')))).toEqual(['abort a', 'abort b', 'abort c']);
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

  test('tells of every vote to abort that came together', () => {
    const both = tell(start, {
      type: 'RecordVotes',
      votes: [
        { branch: 'a', vote: { kind: 'abort', reason: { why: 'one' } } },
        { branch: 'b', vote: { kind: 'abort', reason: { why: 'two' } } },
      ],
    });
    expect(both).toMatchObject({
      reason: {
        reasons: [
          { branch: 'a', reason: { why: 'one' } },
          { branch: 'b', reason: { why: 'two' } },
        ],
      },
    });
  });

  test('sends the abort to every branch, the one that voted for it too', () => {
    expect(calls(tell(start, voteAbort('b')))).toEqual(['abort a', 'abort b']);
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
    ['authorized', authorized],
    ['committing', committing],
    ['committed', committed],
    ['failed', failed],
  ])('that is %s is too late to abort', (_, state) => {
    expect(decide(state, timeout)).toEqual(refused('too-late-to-abort'));
  });

  test('that failed owes nothing until it is resumed, and then asks every branch again', () => {
    const halfway = tell(committing, confirm('a'), failure);
    expect(calls(halfway)).toEqual([]);
    expect(calls(tell(halfway, { type: 'Resume' }))).toEqual(['commit a', 'commit b']);
  });

  test('that failed before its decision may still go either way after a resume', () => {
    const resumed = tell(start, voteCommit('a'), failure, { type: 'Resume' });
    expect(resumed).toEqual(start);
    expect(tell(resumed, voteAbort('a')).status).toBe('aborting');
  });

  test.each<[string, State]>([
    ['preparing', start],
    ['authorized', authorized],
    ['committing', committing],
    ['aborting', aborting],
    ['committed', committed],
    ['aborted', aborted],
  ])('that is %s has nothing to resume', (_, state) => {
    expect(decide(state, { type: 'Resume' })).toEqual(refused('not-failed'));
  });
});

describe('a transaction in two steps', () => {
  test('waits, when all have voted to commit, and owes nothing', () => {
    expect(authorized.status).toBe('authorized');
    expect(calls(authorized)).toEqual([]);
  });

  test('is committed for what its capture says', () => {
    expect(tell(authorized, capture)).toMatchObject({ status: 'committing', query: { asks: 'less' } });
    expect(pendingWork(tell(authorized, capture))[0]).toMatchObject({ type: 'commit', query: { asks: 'less' } });
  });

  test.each([
    ['voided', voided],
    ['expired', expired],
  ])('that is %s releases every branch', (kind, command) => {
    expect(tell(authorized, command)).toMatchObject({ status: 'aborting', reason: { kind } });
    expect(calls(tell(authorized, command))).toEqual(['abort a', 'abort b']);
  });

  const captured = tell(authorized, capture);
  const gone = tell(authorized, voided);
  const ended = tell(authorized, expired);
  test.each<[string, State, string]>([
    ['was never to be captured', committed, 'not-authorized'],
    ['has not all of its votes', twoStep, 'not-authorized'],
    ['was captured', captured, 'already-captured'],
    ['was captured and has ended', tell(captured, confirm('a'), confirm('b')), 'already-captured'],
    ['was captured and failed since', tell(captured, failure), 'already-captured'],
    ['was voided', gone, 'already-voided'],
    ['expired', ended, 'authorization-expired'],
    ['expired and has ended', tell(ended, confirm('a'), confirm('b')), 'authorization-expired'],
    ['was refused by a branch', tell(twoStep, voteAbort('a')), 'not-authorized'],
  ])('that %s cannot be captured or voided, and says who was first', (_, state, kind) => {
    expect(decide(state, capture)).toEqual(refused(kind));
    expect(decide(state, voided)).toEqual(refused(kind));
  });
});

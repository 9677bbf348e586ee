import { TerminalError } from '../../src/engine/faults';
import { Gate, settled, watch } from '../support/memoryGate';
import { DriverHarness } from './driverHarness';

describe('a driver', () => {
  test('prepares all branches in parallel, decides, commits all in parallel, finishes', async () => {
    const harness = new DriverHarness();
    await harness.create();
    const prepares = new Gate();
    const commits = new Gate();
    for (const branch of [harness.a, harness.b]) {
      branch.onPrepare = () => prepares.pass();
      branch.onCommit = () => commits.pass();
    }
    const driven = harness.drive();
    await settled();
    expect(prepares.size).toBe(2);
    prepares.open();
    await settled();
    expect(commits.size).toBe(2);
    expect(harness.record().state.status).toBe('committing');
    commits.open();
    await expect(driven).resolves.toMatchObject({ kind: 'final', record: { state: { status: 'committed' } } });
    expect(harness.history()).toEqual(['preparing', 'committing', 'committed']);
    expect(harness.branchStates()).toEqual(['committed', 'committed']);
  });

  test('lets no branch hear commit before the decision is durable', async () => {
    const harness = new DriverHarness();
    await harness.create();
    const decision = new Gate();
    harness.store.before = (call) => (call.kind === 'move' ? decision.pass() : Promise.resolve());
    const driven = harness.drive();
    await settled();
    expect(harness.a.calls).toEqual(['prepare']);
    decision.open();
    await driven;
    expect(harness.a.calls).toEqual(['prepare', 'commit']);
  });

  test('one vote to abort decides without waiting for the other votes', async () => {
    const harness = new DriverHarness();
    await harness.create();
    const never = new Gate();
    harness.a.onPrepare = () => never.pass();
    harness.b.votes = [{ kind: 'abort', reason: 'no funds' }];
    await expect(harness.drive()).resolves.toMatchObject({
      kind: 'final',
      record: {
        state: { status: 'aborted', reason: { kind: 'branches', reasons: [{ branch: 'b', reason: 'no funds' }] } },
      },
    });
    never.open();
    await settled();
    // The prepare of `a` came after its abort: the tombstone refuses it.
    expect(harness.branchStates()).toEqual(['aborted', 'aborted']);
  });

  test('tells the votes and the confirmations in the history', async () => {
    const harness = new DriverHarness();
    await harness.create();
    await harness.drive();
    expect(harness.record().history).toMatchObject([
      { status: 'preparing' },
      {
        status: 'committing',
        votes: [
          { branch: 'a', vote: 'commit' },
          { branch: 'b', vote: 'commit' },
        ],
      },
      { status: 'committed', confirmed: ['a', 'b'] },
    ]);
  });

  test('what a driver returns is what is stored', async () => {
    const harness = new DriverHarness();
    await harness.create();
    const driven = await harness.drive();
    const { remainingMs: _, ...stored } = harness.record();
    expect(driven.record).toMatchObject(stored);
  });

  test('knows of the attempts that were counted while it drove', async () => {
    const harness = new DriverHarness();
    const start = await harness.create();
    harness.clock.nowMs = 5_000;
    await harness.store.claimDue(10, 1_000);
    const { record } = await harness.drive(start);
    expect(record.attempts).toBe(1);
    expect(record.attempts).toBe(harness.record().attempts);
  });

  test('asks a branch that votes retry again, as often as it likes, backing off', async () => {
    const harness = new DriverHarness();
    await harness.create();
    harness.a.votes = Array.from({ length: 9 }, () => ({ kind: 'retry' }));
    await expect(harness.drive()).resolves.toMatchObject({ record: { state: { status: 'committed' } } });
    expect(harness.a.calls.filter((call) => call === 'prepare')).toHaveLength(10);
    // Full jitter at 0.5: half of 10 * 2^n, at most half of 1000.
    expect(harness.clock.sleeps).toEqual([5, 10, 20, 40, 80, 160, 320, 500, 500]);
  });

  test('a branch that votes retry for ever is aborted at the deadline', async () => {
    const harness = new DriverHarness();
    await harness.create(50);
    harness.a.onPrepare = async () => {
      harness.a.votes = [{ kind: 'retry' }];
      harness.clock.nowMs += 1;
    };
    await expect(harness.drive()).resolves.toMatchObject({
      record: { state: { status: 'aborted', reason: { kind: 'timeout' } } },
    });
    expect(harness.branchStates()).toEqual(['aborted', 'aborted']);
  });

  test('repeats a call whose answer was lost', async () => {
    const harness = new DriverHarness();
    await harness.create();
    let lost = 2;
    harness.b.onCommit = async () => {
      harness.b.state = 'committed';
      lost -= 1;
      if (lost >= 0) throw new Error('connection reset');
    };
    await expect(harness.drive()).resolves.toMatchObject({ record: { state: { status: 'committed' } } });
    expect(harness.b.calls).toEqual(['prepare', 'commit', 'commit', 'commit']);
  });

  test('gives up after its attempts and leaves the rest to a later driver', async () => {
    const harness = new DriverHarness();
    await harness.create();
    harness.b.onCommit = () => Promise.reject(new Error('away'));
    const driven = await harness.drive();
    expect(driven).toMatchObject({ kind: 'unfinished', error: new Error('away') });
    expect(harness.record().state.status).toBe('committing');
    expect(harness.branchStates()).toEqual(['committed', 'prepared']);
    harness.b.onCommit = () => Promise.resolve();
    await expect(harness.drive()).resolves.toMatchObject({ record: { state: { status: 'committed' } } });
  });

  test('a thrown error is never a vote', async () => {
    const harness = new DriverHarness();
    await harness.create();
    harness.a.votes = [new Error('1'), new Error('2'), new Error('3')];
    await expect(harness.drive()).resolves.toMatchObject({ kind: 'unfinished' });
    expect(harness.record().state.status).toBe('preparing');
  });
});

describe('a terminal error of a branch', () => {
  test('makes the transaction failed at once, without a retry, and keeps the holds visible', async () => {
    const harness = new DriverHarness();
    await harness.create();
    harness.b.votes = [new TerminalError('broken')];
    const driven = await harness.drive();
    expect(driven).toMatchObject({
      kind: 'final',
      record: { state: { status: 'failed', errors: [{ branch: 'b', message: 'broken' }] } },
    });
    expect(harness.b.calls).toEqual(['prepare']);
    expect(harness.branchStates()).toEqual(['prepared', 'none']);
  });

  test('tells the errors of all branches', async () => {
    const harness = new DriverHarness();
    await harness.create();
    harness.a.onCommit = async () => {
      await settled();
      throw new TerminalError('broken a');
    };
    harness.b.onCommit = () => Promise.reject(new TerminalError('broken b'));
    await harness.drive();
    expect(harness.record().state).toMatchObject({
      status: 'failed',
      errors: [
        { branch: 'b', message: 'broken b' },
        { branch: 'a', message: 'broken a' },
      ],
      interrupted: { status: 'committing' },
    });
  });

  test('does not outvote an abort: what can still be decided is decided', async () => {
    const harness = new DriverHarness();
    await harness.create();
    harness.a.votes = [new TerminalError('broken')];
    harness.b.onPrepare = settled;
    harness.b.votes = [{ kind: 'abort', reason: 'no' }];
    await expect(harness.drive()).resolves.toMatchObject({ record: { state: { status: 'aborted' } } });
  });
});

describe('the deadline', () => {
  test('aborts when the votes do not come, and releases what was held', async () => {
    const harness = new DriverHarness();
    await harness.create(20);
    const never = new Gate();
    harness.b.onPrepare = () => never.pass();
    const driven = harness.drive();
    const answer = watch(driven);
    await settled();
    expect(answer.state()).toBe('pending');
    harness.clock.nowMs = 20;
    await expect(driven).resolves.toMatchObject({
      record: { state: { status: 'aborted', reason: { kind: 'timeout' } } },
    });
    never.open();
    await settled();
    expect(harness.branchStates()).toEqual(['aborted', 'aborted']);
  });

  test('refuses a decision to commit that comes after it', async () => {
    const harness = new DriverHarness();
    const record = await harness.create(10_000);
    harness.b.onPrepare = async () => {
      harness.clock.nowMs = 10_000;
    };
    await expect(harness.drive(record)).resolves.toMatchObject({
      record: { state: { status: 'aborted', reason: { kind: 'timeout' } } },
    });
    expect(harness.history()).toEqual(['preparing', 'aborting', 'aborted']);
  });

  test('that has passed long ago is met at once, by branches that answer at once too', async () => {
    const harness = new DriverHarness();
    await harness.create(100);
    harness.clock.nowMs = 60_000;
    await expect(harness.drive()).resolves.toMatchObject({
      record: { state: { status: 'aborted', reason: { kind: 'timeout' } } },
    });
    expect(harness.store.reads).toBeLessThan(3);
  }, 2_000);

  test('does not touch what is decided: a commit goes on for as long as it takes', async () => {
    const harness = new DriverHarness();
    await harness.create(50);
    harness.a.onCommit = async () => {
      harness.clock.nowMs += 100_000;
    };
    await expect(harness.drive()).resolves.toMatchObject({ record: { state: { status: 'committed' } } });
  });

  test('does not touch a transaction that an earlier driver left committing', async () => {
    const harness = new DriverHarness();
    await harness.create(50);
    harness.a.onCommit = () => Promise.reject(new Error('away'));
    await harness.drive();
    harness.clock.nowMs = 100_000;
    harness.a.onCommit = () => Promise.resolve();
    await expect(harness.drive()).resolves.toMatchObject({ record: { state: { status: 'committed' } } });
  });

  test('by a clock of this process that runs ahead decides nothing: the store judges', async () => {
    const harness = new DriverHarness();
    const record = await harness.create(10_000);
    await expect(harness.drive({ ...record, remainingMs: 0 })).resolves.toMatchObject({
      record: { state: { status: 'committed' } },
    });
  });
});

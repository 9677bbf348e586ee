import { TerminalError, UnavailableError } from '../../src/engine/faults';
import type { Settlement } from '../../src/engine/transactions/record';
import { GRACE_MS, ID, ScriptedProcess } from './scripted';

const PATIENCE = { backoff: { initialMs: 100, maxMs: 30_000 }, attemptsMax: 2 };

/** Branch `b` is remote and may be away for long; `a` is local. */
async function harness(timeoutMs = 10_000) {
  const process = new ScriptedProcess();
  const { world } = process;
  world.b.patience = PATIENCE;
  await process.stored({ timeoutMs });
  const drive = () => process.drives.drive([ID], { repeats: false });
  /** Advances the clock until the next call is due. */
  const untilDue = () => {
    world.clock.nowMs += Math.ceil(Math.max(0, ...world.record().unanswered.map(({ nextInMs }) => nextInMs)));
  };
  return { process, world, a: world.a, b: world.b, drive, untilDue };
}

const away = () => Promise.reject(new Error('connection refused'));

describe('a branch that does not answer', () => {
  test('keeps no other branch from hearing the decision, and is left to a job of its own', async () => {
    const { process, world, a, b, drive } = await harness();
    b.onCommit = away;
    await drive();
    expect([a.state, b.state, world.record().state.status]).toEqual(['committed', 'prepared', 'committing']);
    expect(process.wakeUps.asks).toMatchObject([
      { id: ID, branch: 'b', call: 'commit', attempts: 2, error: 'connection refused' },
    ]);
    expect(process.wakeUps.resumes).toEqual([]);
    expect(world.record().unanswered).toMatchObject([
      {
        branch: 'b',
        call: 'commit',
        attempts: 2,
        error: 'connection refused',
        nextInMs: process.wakeUps.asks[0]?.delayMs,
      },
    ]);
  });

  test('is asked again when its time has come, and not before; its attempts go on', async () => {
    const { world, b, drive, untilDue } = await harness();
    b.onCommit = away;
    await drive();
    const asked = b.calls.length;
    await drive();
    expect(b.calls).toHaveLength(asked);
    untilDue();
    await drive();
    // One call for each wake-up, after the first driver has left the call.
    expect(b.calls).toHaveLength(asked + 1);
    expect(world.record().unanswered).toMatchObject([{ attempts: 3 }]);
    b.onCommit = () => Promise.resolve();
    untilDue();
    await drive();
    expect(world.record().state.status).toBe('committed');
    expect(b.attempts.map(({ number }) => number)).toEqual([1, 1, 2, 3, 4]);
  });

  test('that has answered is not asked again when the call of another one is due', async () => {
    const { world, a, b, drive, untilDue } = await harness();
    a.patience = PATIENCE;
    b.onCommit = away;
    await drive();
    untilDue();
    await drive();
    expect(a.calls).toEqual(['prepare', 'commit']);
    expect(world.record()).toMatchObject({ progress: ['committed', 'prepared'] });
    b.onCommit = () => Promise.resolve();
    untilDue();
    await drive();
    expect(a.calls).toEqual(['prepare', 'commit']);
    expect(world.record().state.status).toBe('committed');
  });

  test('while it prepares is woken for at the deadline, and then hears the abort', async () => {
    const { process, world, b, drive } = await harness(120);
    b.onPrepare = away;
    await drive();
    const [ask] = process.wakeUps.asks;
    expect(ask).toMatchObject({ call: 'prepare' });
    expect(ask?.delayMs).toBeLessThanOrEqual(120);
    world.clock.nowMs += 120;
    await drive();
    expect(world.record().state).toMatchObject({ status: 'aborted', reason: { kind: 'timeout' } });
    expect(b.state).toBe('aborted');
  });

  test('is not found by the sweep before its time', async () => {
    const { process, world, b, drive } = await harness();
    b.onCommit = away;
    await drive();
    const [ask] = process.wakeUps.asks;
    world.clock.nowMs += (ask?.delayMs ?? 0) + GRACE_MS - 1;
    await expect(process.sweep()).resolves.toBe(0);
    world.clock.nowMs += 2;
    await expect(process.sweep()).resolves.toBe(1);
  });

  test('may say when it wants to be asked again', async () => {
    const { process, world, b, drive } = await harness();
    b.later.push({ afterMs: 60_000 });
    await drive();
    expect(process.wakeUps.asks).toMatchObject([
      { branch: 'b', call: 'commit', attempts: 1, error: 'it wants to be asked again', delayMs: 60_000 },
    ]);
    world.clock.nowMs += 60_000;
    await drive();
    expect(world.record().state.status).toBe('committed');
  });

  test('is told how much time is left to prepare', async () => {
    const { world, b, drive } = await harness(5_000);
    world.clock.nowMs += 2_000;
    await drive();
    expect(b.attempts[0]).toEqual({ number: 1, remainingMs: 3_000 });
  });
});

describe('a branch that broke its promise', () => {
  const broken = () => Promise.reject(new TerminalError('it aborted on its own'));

  test('fails the transaction, but only when the others have heard the decision', async () => {
    const { world, a, b, drive, untilDue } = await harness();
    a.patience = PATIENCE;
    a.onCommit = away;
    b.onCommit = broken;
    await drive();
    expect(world.record().state.status).toBe('committing');
    a.onCommit = () => Promise.resolve();
    untilDue();
    await drive();
    expect(a.state).toBe('committed');
    expect(world.record().state).toMatchObject({
      status: 'failed',
      errors: [{ branch: 'b', message: 'it aborted on its own' }],
    });
  });
});

describe('a branch that broke its promise beside one that has not heard the decision yet', () => {
  test('does not keep that one from being told', async () => {
    const { world, a, b, drive } = await harness();
    a.onCommit = away;
    b.onCommit = () => Promise.reject(new TerminalError('it aborted on its own'));
    await drive();
    expect(world.record().state.status).toBe('committing');
    a.onCommit = () => Promise.resolve();
    await drive();
    expect(a.state).toBe('committed');
  });
});

describe('the word of an operator', () => {
  const word = { branch: 'b', as: 'committed', note: 'gone for good', by: 'ops' } as const;

  test('ends a branch that does not answer any more, and stays in the history', async () => {
    const { process, world, b, drive } = await harness();
    b.onCommit = away;
    await drive();
    const transaction = await process.coordinator.get(ID);
    await expect(transaction?.settle(word)).resolves.toBe(true);
    expect(process.wakeUps.resumes).toHaveLength(1);
    const asked = b.calls.length;
    await drive();
    expect(b.calls).toHaveLength(asked);
    expect(world.record().state.status).toBe('committed');
    expect(world.record().history).toContainEqual(expect.objectContaining({ settled: word }));
  });

  test('sends a failed transaction on, whatever the process that took it comes to', async () => {
    const { process, world, b, drive } = await harness();
    b.onCommit = () => Promise.reject(new TerminalError('it aborted on its own'));
    await drive();
    expect(world.record().state.status).toBe('failed');
    const transaction = await process.coordinator.get(ID);
    let isDead = false;
    process.transactions.after = ({ kind }) => {
      isDead ||= kind === 'settle';
      return isDead ? Promise.reject(new UnavailableError('killed', 'unknown')) : Promise.resolve();
    };
    process.journal.before = () => (isDead ? Promise.reject(new Error('killed')) : Promise.resolve());
    await expect(transaction?.settle({ ...word, as: 'aborted' })).rejects.toThrow('killed');
    expect(world.record().state.status).toBe('committing');
    isDead = false;
    process.transactions.after = () => Promise.resolve();
    await drive();
    expect(world.record().state.status).toBe('committed');
  });

  test('counts for nothing before a decision and after the end, and against another one', async () => {
    const { process, world, b, drive } = await harness();
    b.onPrepare = away;
    await drive();
    const settle = async (said: Settlement = word) => (await process.coordinator.get(ID))?.settle(said);
    await expect(settle()).resolves.toBe(false);
    b.onPrepare = () => Promise.resolve();
    b.onCommit = away;
    world.clock.nowMs += 1_000;
    await drive();
    await expect(settle()).resolves.toBe(true);
    await expect(settle({ ...word, as: 'aborted' })).resolves.toBe(false);
    await drive();
    expect(world.record().state.status).toBe('committed');
    await expect(settle({ ...word, note: 'said later' })).resolves.toBe(false);
  });

  test('may be repeated by who was not answered, also after the end, and is kept once', async () => {
    const { process, world, b, drive } = await harness();
    b.onCommit = away;
    await drive();
    const settle = async () => (await process.coordinator.get(ID))?.settle(word);
    await expect(settle()).resolves.toBe(true);
    await expect(settle()).resolves.toBe(true);
    await drive();
    expect(world.record().state.status).toBe('committed');
    await expect(settle()).resolves.toBe(true);
    expect(world.record().history.filter(({ settled }) => settled)).toHaveLength(1);
  });

  test('sends a transaction on when it is repeated, also one that a late driver has let fail after it', async () => {
    const { process, world, b, drive } = await harness();
    const settle = async () => (await process.coordinator.get(ID))?.settle({ ...word, as: 'aborted' });
    let isSettled = false;
    b.onCommit = async () => {
      isSettled ||= (await settle()) === true;
      throw new TerminalError('it aborted on its own');
    };
    await drive();
    expect([isSettled, world.record().state.status]).toEqual([true, 'failed']);
    await expect(settle()).resolves.toBe(true);
    expect(world.record().state.status).toBe('committing');
    await drive();
    expect(world.record().state.status).toBe('committed');
  });
});

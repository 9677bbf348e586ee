import { OverloadedError } from '../../src/engine/faults';
import { ScriptedProcess } from './scripted';

const KEY = { scope: 's', key: 'k', fingerprint: 'f' };

/** A process that relies on another process to drive, and knows that too many wake-ups wait. */
function behind(): ScriptedProcess {
  const process = new ScriptedProcess(undefined, { leads: false });
  process.wakeUps.behind = true;
  return process;
}

describe('while the process that drives has too much to do', () => {
  test('new transactions are refused, and nothing of them is begun', async () => {
    const process = behind();
    await expect(process.created({ id: 't1' })).rejects.toBeInstanceOf(OverloadedError);
    process.wakeUps.behind = false;
    await process.created({ id: 't2' });
    await expect(process.coordinator.get('t1')).resolves.toBeUndefined();
    await expect(process.coordinator.get('t2')).resolves.toBeDefined();
  });

  test('a repetition finds its transaction, and its mistake', async () => {
    const process = behind();
    process.wakeUps.behind = false;
    await process.create({ id: 't1', key: KEY });
    process.wakeUps.behind = true;
    await expect(process.create({ id: 't2', key: KEY })).resolves.toMatchObject({
      kind: 'replayed',
      transaction: { id: 't1' },
    });
    const other = { ...KEY, fingerprint: 'other' };
    await expect(process.create({ id: 't3', key: other })).resolves.toEqual({ kind: 'key-reused' });
    await expect(process.coordinator.get('t2')).resolves.toBeUndefined();
  });

  test('a new key is refused like any new transaction, and stays unused', async () => {
    const process = behind();
    await expect(process.create({ id: 't1', key: KEY })).rejects.toBeInstanceOf(OverloadedError);
    process.wakeUps.behind = false;
    await expect(process.create({ id: 't2', key: KEY })).resolves.toMatchObject({ kind: 'created' });
  });

  test('the database is not asked for what has no key', async () => {
    const process = behind();
    await expect(process.create({ id: 't1' })).rejects.toBeInstanceOf(OverloadedError);
    expect([process.transactions.calls, process.journal.calls]).toEqual([[], []]);
  });

  test('the process that drives goes on: what it begins waits behind no job', async () => {
    const process = behind();
    process.leads = true;
    await expect(process.created({ id: 't1' })).resolves.toBeDefined();
  });
});

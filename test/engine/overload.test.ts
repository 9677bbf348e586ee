import { OverloadedError } from '../../src/engine/faults';
import { CoordinatorHarness } from './coordinatorHarness';

test('while too many wake-ups wait, new transactions are refused and nothing of them is begun', async () => {
  const harness = new CoordinatorHarness();
  harness.wakeUps.behind = true;
  await expect(harness.created({ id: 't1' })).rejects.toBeInstanceOf(OverloadedError);
  harness.wakeUps.behind = false;
  await harness.created({ id: 't2' });
  const read = await harness.coordinator.get('t1');
  expect(read).toBeUndefined();
  expect(await harness.coordinator.get('t2')).toBeDefined();
});

describe.each([
  ['too many wake-ups wait', 'behind', true],
  ['no wake-up can be sent', 'reachable', false],
] as const)('while %s', (_what, flag, value) => {
  const key = { scope: 's', key: 'k', fingerprint: 'f' };

  test('a repetition finds its transaction, and its mistake', async () => {
    const harness = new CoordinatorHarness();
    await harness.create({ id: 't1', key });
    harness.wakeUps[flag] = value;
    expect(await harness.create({ id: 't2', key })).toMatchObject({ kind: 'replayed', transaction: { id: 't1' } });
    expect(await harness.create({ id: 't3', key: { ...key, fingerprint: 'other' } })).toEqual({ kind: 'key-reused' });
    expect(await harness.coordinator.get('t2')).toBeUndefined();
  });

  test('a new key is refused like any new transaction, and stays unused', async () => {
    const harness = new CoordinatorHarness();
    harness.wakeUps[flag] = value;
    await expect(harness.create({ id: 't1', key })).rejects.toThrow();
    harness.wakeUps[flag] = !value;
    expect(await harness.create({ id: 't2', key })).toMatchObject({ kind: 'created' });
  });

  test('no store is asked for what has no key', async () => {
    const harness = new CoordinatorHarness();
    harness.wakeUps[flag] = value;
    const before = harness.world.store.reads;
    await expect(harness.create({ id: 't1' })).rejects.toThrow();
    expect(harness.world.store.reads).toBe(before);
  });
});

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

import { UnavailableError } from '../../src/engine/faults';
import { Gate, runReady, watch } from '../support/memoryGate';
import { processWith } from './bank';

test('a unit whose key is in flight is not failed for reads of other units', async () => {
  const process = processWith({ a: 0n, b: 0n, c: 0n });
  await Promise.all([process.deposit('a', 1n), process.deposit('b', 1n)]);
  const gate = new Gate();
  process.journal.before = async (call) => {
    if (call.kind === 'append' && call.batch.entries.some(({ account }) => account === 'a')) return gate.pass();
    if (call.kind === 'load') throw new UnavailableError('away', 'not-started');
  };
  const first = process.ask('a', { type: 'Deposit', amount: 5n }, { key: 'k', fingerprint: 'f' });
  await runReady();
  const second = process.ask('b', { type: 'Deposit', amount: 5n }, { key: 'k', fingerprint: 'f' });
  const seen = watch(second);
  const third = process.deposit('c', 1n);
  third.catch(() => undefined);
  for (let n = 0; n < 30; n += 1) await runReady();
  const state = seen.state();
  gate.open();
  await first;
  await Promise.allSettled([second, third]);
  expect(state).toBe('pending');
});

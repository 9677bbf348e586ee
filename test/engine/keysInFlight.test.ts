import { runReady } from '../support/memoryGate';
import { balanceIn, processWith } from './bank';

test('two requests with one key: the second finds the answer of the first, and no statement fails on the key', async () => {
  const process = processWith({ a: 0n });
  await process.deposit('a', 1n);
  const outcomes: string[] = [];
  const append = process.journal.append.bind(process.journal);
  process.journal.append = async (batch) => {
    const appended = await append(batch);
    outcomes.push(appended.kind);
    return appended;
  };
  // Each call takes one turn of the event loop before it takes effect, and one before it returns.
  process.journal.before = async () => {
    await runReady();
  };
  process.journal.after = async () => {
    await runReady();
  };
  const ask = () => process.ask('a', { type: 'Deposit', amount: 5n }, { key: 'k', fingerprint: 'f' });
  const first = ask();
  await new Promise((done) => setImmediate(done));
  await new Promise((done) => setImmediate(done));
  const second = ask();
  const replies = await Promise.all([first, second]);
  expect(balanceIn(process, 'a')).toBe(6n);
  expect({ outcomes, replies }).toMatchObject({ outcomes: expect.not.arrayContaining(['conflict']) });
});

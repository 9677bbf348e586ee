import { runReady, watch } from '../support/memoryGate';
import { beside, type Process, processWith } from './bank';

async function conflict(process: Process, other: Process, account: string): Promise<void> {
  await process.deposit(account, 1n);
  await other.deposit(account, 1n);
  await process.deposit(account, 1n);
}

/** Whether two deposits are answered if the clock passes the end of a contest at its `ticks`-th reading. */
async function isAnswered(ticks: number, parity: number): Promise<boolean> {
  const process = processWith({ hot: 0n, warm: 0n, z: 0n }, { besideMin: 8 });
  const { clock } = process;
  const other = beside(process);
  await process.deposit('z', 1n);
  await conflict(process, other, 'hot');
  clock.nowMs = 1_000;
  // Until 3,000 the process knows that conflicts happen; `hot` counts as contested until 2,000.
  await conflict(process, other, 'warm');
  for (let n = 0; n < parity; n += 1) await process.deposit('z', 1n);
  clock.nowMs = 1_999;
  const all = [process.deposit('hot', 1n), process.deposit('z', 1n)].map(watch);
  let left = ticks;
  const read = clock.monotonicMs.bind(clock);
  clock.monotonicMs = () => {
    if (left-- <= 0) clock.nowMs = Math.max(clock.nowMs, 2_000);
    return read();
  };
  for (let n = 0; n < 20; n += 1) await runReady();
  return all.every(({ state }) => state() === 'resolved');
}

test('what waits is decided although an account stops to be contested while it is looked at', async () => {
  const stuck: string[] = [];
  for (let parity = 0; parity < 2; parity += 1)
    for (let ticks = 0; ticks < 25; ticks += 1)
      if (!(await isAnswered(ticks, parity))) stuck.push(`${ticks}/${parity}`);
  expect(stuck).toEqual([]);
});

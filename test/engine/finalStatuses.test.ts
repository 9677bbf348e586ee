import { eventually } from '../kit/wait';
import { ID, ScriptedProcess } from './scripted';

async function pending(): Promise<ScriptedProcess> {
  const process = new ScriptedProcess(undefined, { leads: false });
  await process.stored();
  return process;
}

describe('those who wait until a transaction is at rest', () => {
  test('are all told at once by a driver of this process', async () => {
    const process = await pending();
    const waiting = [1, 2, 3].map(() => process.finals.wait(ID, 5_000));
    expect(process.finals.size).toBe(1);
    const [driven] = await process.drives.drive([ID], { repeats: false });
    for (const told of await Promise.all(waiting)) expect(told).toBe(driven?.record);
    expect(process.finals.size).toBe(0);
    process.finals.stop();
  });

  test('are told nothing of a transaction that is still pending', async () => {
    const process = await pending();
    const waiting = process.finals.wait(ID, 20);
    process.finals.answer(process.world.record());
    await expect(waiting).resolves.toBeUndefined();
    expect(process.finals.size).toBe(0);
    process.finals.stop();
  });

  test.each([
    ['committed', {}],
    ['authorized', { expiresInMs: 60_000 }],
  ])('are told of one that is %s in another process', async (status, options) => {
    const process = new ScriptedProcess(undefined, { leads: false });
    const transaction = await process.created(options);
    const waiting = transaction.pollForFinalStatus({ timeoutMs: 20_000 });
    await new ScriptedProcess(process.world).drives.drive([ID], { repeats: false });
    await expect(waiting).resolves.toMatchObject({ state: { status } });
    process.finals.stop();
  });

  test('stop waiting when their time is over, which decides nothing', async () => {
    const process = new ScriptedProcess(undefined, { leads: false });
    const transaction = await process.created();
    await expect(transaction.pollForFinalStatus({ timeoutMs: 15 })).resolves.toBeUndefined();
    await expect(transaction.status()).resolves.toBe('preparing');
    process.finals.stop();
  });

  test('do not wait for one that was at rest when it was read', async () => {
    const process = await pending();
    await process.drives.drive([ID], { repeats: false });
    const read = await process.coordinator.get(ID);
    await expect(read?.pollForFinalStatus({ timeoutMs: 0 })).resolves.toMatchObject({ state: { status: 'committed' } });
    expect(process.finals.size).toBe(0);
  });

  test('go on waiting while the store is away', async () => {
    const process = await pending();
    process.transactions.before = () => Promise.reject(new Error('away'));
    const waiting = process.finals.wait(ID, 20_000);
    const warned = () => process.log.messages('warn').includes('could not poll for final statuses');
    await eventually('a poll has failed', () => (warned() ? true : undefined), { deadlineMs: 20_000, everyMs: 5 });
    process.transactions.before = () => Promise.resolve();
    await process.drive();
    await expect(waiting).resolves.toMatchObject({ state: { status: 'committed' } });
    process.finals.stop();
  });

  test('are let go when the process stops', async () => {
    const process = await pending();
    const waiting = process.finals.wait(ID, 20_000);
    process.finals.stop();
    await expect(waiting).resolves.toBeUndefined();
    await expect(process.finals.wait(ID, 20_000)).resolves.toBeUndefined();
  });
});

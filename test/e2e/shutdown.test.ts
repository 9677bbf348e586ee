import { monitorEventLoopDelay } from 'node:perf_hooks';
import { eventually } from '../kit/wait';
import { auditAtRest } from '../support/auditDatabase';
import { BankClient } from '../support/bankClient';
import { Load, post, unexpected } from '../support/load';
import { logLines } from '../support/logLines';
import { untilAllFinal } from '../support/untilFinal';
import { useServices } from '../support/useServices';

/** The service leaves idle connections open for half a second. A few turns of the event loop that take this long are as much. */
const CLIENT_HELD_UP_MS = 100;
const ACCOUNTS = ['sa', 'sb', 'sc', 'sd'];

const kit = useServices({ LOG_LEVEL: 'info' });

describe('SIGTERM under load', () => {
  test('answers every request that was accepted, exits 0 in time, leaves nothing half done', async () => {
    const service = await kit.services.start();
    const bank = new BankClient(service.baseUrl);
    for (const account of ACCOUNTS) await bank.open(account, 1_000);
    const load = new Load([service.baseUrl], ACCOUNTS, 24, true);
    await eventually('transfers go through', () => (load.succeeded() > 50 ? true : undefined), { deadlineMs: 60_000 });
    const delay = monitorEventLoopDelay({ resolution: 10 });
    delay.enable();
    expect(await service.terminate(60_000)).toBe(0);
    await load.stop();
    delay.disable();
    // Every client sent until an answer told it that its connection closes: none of them met anything but answers. Only
    // a client that was itself held up may find its idle connection closed, as HTTP lets a server do.
    const held = delay.max / 1e6 > CLIENT_HELD_UP_MS ? ['ECONNRESET'] : [];
    expect(unexpected(load, ['200', '202', '503', ...held])).toEqual([]);
    expect(load.outcomes.length).toBeGreaterThan(50);
    const acknowledged = load.outcomes.flatMap((outcome) =>
      'error' in outcome || outcome.status !== 200 ? [] : [String(outcome.body['id'])],
    );
    const kept = await kit.database.query<{ id: string }>(
      `select id from transactions where status = 'committed' and id = any($1::uuid[])`,
      [acknowledged],
    );
    expect(kept).toHaveLength(acknowledged.length);

    // A request whose connection was closed was not begun: whatever is stored was told to its client.
    const told = load.outcomes.flatMap((outcome) =>
      'error' in outcome ? [] : [String(outcome.body['id'] ?? outcome.body['transferId'])],
    );
    const untold = await kit.database.query('select from transactions where not id::text = any($1)', [told]);
    expect(untold.length).toBeLessThanOrEqual(load.counts()['503'] ?? 0);

    // Transfers that were answered 202 are finished by the next process.
    const next = await kit.services.start();
    await untilAllFinal(kit.database);
    expect(await auditAtRest(kit.database)).toEqual({ total: 4_000n, accounts: 4 });
    expect(await next.terminate(60_000)).toBe(0);
  });

  test('is not held up by a statement that waits for a lock', async () => {
    const service = await kit.services.start({ HTTP_WAIT_MS: '60000' });
    const bank = new BankClient(service.baseUrl);
    await bank.open('locked', 10);
    const release = await kit.database.lockTable('journal');
    const waiting = post(service.baseUrl, '/account/locked/transfer/to/sa/1');
    await eventually('the transfer waits for the lock', () => kit.database.lockWaits(), { deadlineMs: 60_000 });
    expect(await service.terminate(60_000)).toBe(0);
    await release();
    await waiting;
    const next = await kit.services.start();
    await untilAllFinal(kit.database);
    expect(await next.terminate(60_000)).toBe(0);
  });

  test('an idle process exits 0, and logs last that it has stopped', async () => {
    const service = await kit.services.start();
    expect(await service.terminate(60_000)).toBe(0);
    expect(logLines(kit.services.logOf(service)).at(-1)?.msg).toBe('stopped');
    expect(await post(service.baseUrl, '/account/sa/deposit/1')).toEqual({ error: 'ECONNREFUSED' });
  });
});

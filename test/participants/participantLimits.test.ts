import type { ServerResponse } from 'node:http';
import { until } from '../http/until';
import { freePort } from '../kit/ports';
import { eventually } from '../kit/wait';
import { MemoryLog } from '../support/memoryLog';
import { ParticipantServer, prepare, RawServer, remote, stopAll } from './participantServer';

afterEach(stopAll);

const OK = { kind: 'ok' };
/** Calls that were not sent for this long are tried again. */
const TRY_AGAIN_MS = 1_000;
const ask = (participants: ReturnType<typeof remote>) => participants.call('stock', prepare());

describe('the calls to one participant', () => {
  it('are as many at once as it may get; more wait, and more than that are told that they were not sent', async () => {
    const open: ServerResponse[] = [];
    const server = await ParticipantServer.start((response) => void open.push(response));
    const participants = remote(server.url, { concurrency: 2, timeoutMs: 30_000 });
    const calls = Array.from({ length: 11 }, () => ask(participants));
    expect(await calls[10]).toEqual({ kind: 'unknown', why: 'not sent: too many calls wait for it' });
    await until(() => open.length === 2);
    expect(participants.status()).toMatchObject([{ name: 'stock', inFlight: 2, waiting: 8, breaker: 'closed' }]);
    let most = 0;
    for (let answered = 0; answered < 10; answered += 1) {
      await until(() => open.length > 0);
      most = Math.max(most, open.length);
      open.shift()?.end();
    }
    expect(await Promise.all(calls.slice(0, 10))).toEqual(Array.from({ length: 10 }, () => OK));
    expect(most).toBe(2);
    expect(participants.status()).toMatchObject([{ inFlight: 0, waiting: 0, reachable: true }]);
    await participants.close();
    await server.stop();
  });

  it('are not sent for a while after five in a row without an answer, and flow again when it is back', async () => {
    const port = await freePort();
    const away = await RawServer.start((socket) => socket.destroy(), port);
    const log = new MemoryLog();
    const participants = remote(away.url, {}, {}, log);
    expect(participants.status()).toEqual([
      { name: 'stock', url: away.url, reachable: undefined, breaker: 'closed', inFlight: 0, waiting: 0 },
    ]);
    const startedAt = performance.now();
    for (let call = 0; call < 5; call += 1)
      expect(await ask(participants)).toEqual({ kind: 'unknown', why: 'connection lost' });
    const sixth = await ask(participants);
    if (performance.now() - startedAt < TRY_AGAIN_MS)
      expect(sixth).toEqual({ kind: 'unknown', why: 'not sent: the last calls failed (connection lost)' });
    expect(participants.status()).toMatchObject([
      {
        reachable: false,
        breaker: 'open',
        lastError: { why: 'connection lost', at: expect.stringMatching(/^\d{4}-.*Z$/) as unknown },
      },
    ]);
    const triedAgain = async () => {
      const answer = await ask(participants);
      return answer.kind === 'unknown' && answer.why === 'connection lost' ? true : undefined;
    };
    await eventually('a call is sent again', triedAgain, { deadlineMs: 60_000 });
    await away.stop();
    const back = await ParticipantServer.start((response) => response.end(), port);
    const answered = async () => ((await ask(participants)).kind === 'ok' ? true : undefined);
    await eventually('a call gets through', answered, { deadlineMs: 60_000 });
    expect(participants.status()).toMatchObject([{ reachable: true, breaker: 'closed' }]);
    expect(log.lines).toEqual([
      {
        level: 'warn',
        message: expect.stringContaining('does not answer') as unknown,
        fields: { participant: 'stock', why: 'connection lost' },
      },
      { level: 'info', message: 'a participant answers again', fields: { participant: 'stock' } },
    ]);
    await participants.close();
    await back.stop();
  });

  it('are stopped by a server in trouble, but not by one that knows nothing of a branch', async () => {
    let status = 404;
    const server = await ParticipantServer.start((response) => response.writeHead(status).end());
    const participants = remote(server.url);
    for (let call = 0; call < 10; call += 1) await ask(participants);
    expect(server.seen).toHaveLength(10);
    expect(participants.status()).toMatchObject([
      { reachable: true, breaker: 'closed', lastError: { why: 'answered 404' } },
    ]);
    status = 503;
    const startedAt = performance.now();
    for (let call = 0; call < 10; call += 1) await ask(participants);
    const triedAgain = Math.floor((performance.now() - startedAt) / TRY_AGAIN_MS);
    expect(server.seen.length).toBeGreaterThanOrEqual(15);
    expect(server.seen.length).toBeLessThanOrEqual(15 + triedAgain);
    expect(participants.status()).toMatchObject([{ reachable: false, breaker: 'open' }]);
    await participants.close();
    await server.stop();
  });

  it('wait for none of another participant', async () => {
    const silent = await RawServer.start(() => undefined);
    const lively = await ParticipantServer.start((response) => response.end());
    const participants = remote(silent.url, { timeoutMs: 30_000 }, { mill: lively.url });
    const stuck = ask(participants);
    expect(await participants.call('mill', prepare())).toEqual(OK);
    expect(participants.status()).toMatchObject([
      { name: 'stock', inFlight: 1 },
      { name: 'mill', inFlight: 0 },
    ]);
    // What is in flight when the service stops is unknown, and the stop does not wait for it.
    await until(() => silent.sockets.size === 1);
    await participants.close();
    expect(await stuck).toMatchObject({ kind: 'unknown' });
    await silent.stop();
    await lively.stop();
  });
});

import { DemoParticipant } from '../../src/adapters/participants/demoParticipant';
import { RemoteParticipants } from '../../src/adapters/participants/remoteParticipants';
import { wallClockMs } from '../../src/adapters/systemClock';
import type { ParticipantCall } from '../../src/engine/participants';
import { MemoryLog } from '../support/memoryLog';
import { transactionId } from '../support/transactionId';

describe('the demo participant', () => {
  let demo: DemoParticipant;
  let remote: RemoteParticipants;

  beforeEach(async () => {
    demo = await DemoParticipant.start();
    remote = new RemoteParticipants(new Map([['demo', demo.settings]]), wallClockMs, new MemoryLog());
  });

  afterEach(async () => {
    await remote.close();
    await demo.close();
  });

  const ask = (call: ParticipantCall, payload: unknown = {}) =>
    remote.call('demo', {
      call,
      transaction: transactionId(),
      branch: 'demo-1',
      payload,
      attempt: 1,
      deadlineInMs: 5_000,
    });

  it('promises, and keeps every promise without remembering it', async () => {
    for (const call of ['prepare', 'commit', 'abort'] as const) expect(await ask(call)).toEqual({ kind: 'ok' });
  });

  it('refuses what it is asked to refuse, and only to prepare it', async () => {
    expect(await ask('prepare', { refuse: true })).toMatchObject({ kind: 'conflict', code: 'asked-to-refuse' });
    expect(await ask('prepare', { refuse: 'no' })).toEqual({ kind: 'ok' });
    expect(await ask('abort', { refuse: true })).toEqual({ kind: 'ok' });
  });

  it('cuts calls off while it is switched off, and answers again afterwards', async () => {
    demo.answers = false;
    expect(await ask('prepare')).toMatchObject({ kind: 'unknown' });
    demo.answers = true;
    expect(await ask('prepare')).toEqual({ kind: 'ok' });
  });

  it.each(['', 'no JSON', '{"version":2,"call":"prepare"}', 'null', 'x'.repeat(70_000)])(
    'is no worse for a body that is no call: %.20s',
    async (body) => {
      const sent = await fetch(`${demo.settings.url}/t/b/prepare`, { method: 'PUT', body });
      expect(sent.status).toBe(400);
      expect(await ask('prepare')).toEqual({ kind: 'ok' });
    },
  );
});

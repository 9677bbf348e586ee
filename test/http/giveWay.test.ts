import { tokenAuthenticator } from '../../src/http/auth/authenticator';
import { EventLoopLoad } from '../../src/http/requests/eventLoopLoad';
import { giveWay, mayWait } from '../../src/http/requests/giveWay';
import { sleep } from '../kit/wait';
import { Edge } from './edgeHarness';

describe('a request that may wait', () => {
  test.each(['u=7', 'u=6', 'u=7, i', 'i, u=6', ' u=7 '])('says so with "%s"', (priority) => {
    expect(mayWait({ priority })).toBe(true);
  });

  test.each([undefined, '', 'u=3', 'u=5, i', 'u=77', 'xu=7', 'u=7x', 'i'])('does not with "%s"', (priority) => {
    expect(mayWait(priority === undefined ? {} : { priority })).toBe(false);
  });

  it('waits only while the process is busy', async () => {
    const took = async (isHigh: boolean) => {
      const startedAt = performance.now();
      await giveWay({ isHigh });
      return performance.now() - startedAt;
    };
    expect(await took(true)).toBeGreaterThan(250);
    // A wait of any length would end after this timer.
    const order: string[] = [];
    const timer = sleep(0).then(() => order.push('timer'));
    await giveWay({ isHigh: false }).then(() => order.push('answer'));
    await timer;
    expect(order).toEqual(['answer', 'timer']);
  });
});

describe('the load of the event loop', () => {
  it('is high after half a second without a pause, and low after half a second of rest', async () => {
    const load = new EventLoopLoad();
    expect(load.isHigh).toBe(false);
    await sleep(0);
    for (const endsAt = performance.now() + 700; performance.now() < endsAt; );
    await sleep(0);
    expect(load.isHigh).toBe(true);
    await sleep(700);
    expect(load.isHigh).toBe(false);
  });
});

describe('a request that may wait, over HTTP', () => {
  it('waits only after its caller is known', async () => {
    const authenticator = await tokenAuthenticator({ tokens: 'token-of-ann=ann:service' });
    const asked: string[] = [];
    const load = {
      get isHigh() {
        asked.push('load');
        return true;
      },
    };
    const edge = new Edge({ authenticator, load });
    try {
      const client = await edge.start();
      edge.seed('a', 10n);
      const ask = async (token: string): Promise<number> => {
        const headers = { priority: 'u=7', authorization: `Bearer ${token}` };
        return (await client.get('/account/a/balance', { headers })).status;
      };
      expect(await ask('token-of-a-stranger')).toBe(401);
      expect(asked).toEqual([]);
      expect(await ask('token-of-ann')).toBe(200);
      expect(asked).toEqual(['load']);
    } finally {
      await edge.stop();
    }
  });
});

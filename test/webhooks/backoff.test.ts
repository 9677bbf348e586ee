import * as fc from 'fast-check';
import { deliveryWaitMs } from '../../src/engine/webhooks/backoff';

const DAY_MS = 86_400_000;
const POLICY = { minMs: 5_000, maxMs: DAY_MS };

describe('the wait between two attempts of a delivery', () => {
  it('grows from five seconds to a day in nine attempts', () => {
    const least = Array.from({ length: 10 }, (_, index) => deliveryWaitMs(POLICY, index + 1, 0));
    expect(least.slice(0, 4)).toEqual([5_000, 20_000, 80_000, 320_000]);
    expect(least.slice(8)).toEqual([DAY_MS / 1.5, DAY_MS / 1.5]);
    expect(deliveryWaitMs(POLICY, 9, 0.999_999)).toBeGreaterThan(DAY_MS - 1_000);
  });

  it('is spread over half as long again', () => {
    expect(deliveryWaitMs(POLICY, 2, 0.5)).toBe(25_000);
  });

  it('is at least what the receiver asks for, and at most the longest', () => {
    expect(deliveryWaitMs(POLICY, 1, 0, 60_000)).toBe(60_000);
    expect(deliveryWaitMs(POLICY, 1, 0, 30 * DAY_MS)).toBe(DAY_MS);
  });

  it('is between the two limits, however often it failed', () => {
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), random, (attempts, jitter) => {
        const wait = deliveryWaitMs(POLICY, attempts, jitter);
        return wait >= POLICY.minMs && wait <= POLICY.maxMs;
      }),
    );
  });
});

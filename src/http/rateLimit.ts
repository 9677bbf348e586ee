import type { Request } from 'express';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { type Refused, refused } from './answer';
import { keyScope } from './caller';

/** Resolves to a refusal for a caller that has asked too often. */
export type RateLimit = (request: Request) => Promise<Refused | undefined>;

/**
 * At most so many requests a second of each caller, in this process; who has no token is told apart by address. Callers
 * that went quiet are forgotten.
 */
export function createRateLimit(requestsPerSecond: number): RateLimit {
  const limiter = new RateLimiterMemory({ points: requestsPerSecond, duration: 1 });
  return async ({ context: { caller }, socket }) => {
    try {
      await limiter.consume(caller.role === 'anonymous' ? `address/${socket.remoteAddress}` : keyScope(caller));
      return undefined;
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      return refused({ kind: 'rate-limited', retryAfterSeconds: Math.max(1, Math.ceil(refusal.msBeforeNext / 1000)) });
    }
  };
}

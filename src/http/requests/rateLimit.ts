import type { Request } from 'express';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { type Refused, refused } from '../answers/answer';
import { keyScope } from './caller';

/**
 * Resolves to a refusal for a caller over its rate limit. `refusal` is the refusal that the caller would get otherwise,
 * if any.
 */
export type RateLimit = (
  request: Request,
  refusal: Refused | undefined,
  requests?: number,
) => Promise<Refused | undefined>;

function isUnknown(refusal: Refused | undefined): boolean {
  return refusal?.refusal.kind === 'unauthenticated' || refusal?.refusal.kind === 'bad-signature';
}

/**
 * Limits the requests a second of each caller, in this process. Callers without a token are distinguished by address.
 * Refused tokens count separately: behind a proxy, a client that guesses tokens must not lock out clients that only
 * check health. Forgets callers that went quiet.
 */
export function createRateLimit(requestsPerSecond: number): RateLimit {
  const limiter = new RateLimiterMemory({ points: requestsPerSecond, duration: 1 });
  return async ({ context: { caller }, socket }, refusal, requests = 1) => {
    const place = isUnknown(refusal) ? 'refused' : 'address';
    const key = caller.role === 'anonymous' ? `${place}/${socket.remoteAddress}` : keyScope(caller);
    try {
      await limiter.consume(key, requests);
      return undefined;
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      return refused({ kind: 'rate-limited', retryAfterSeconds: Math.max(1, Math.ceil(refusal.msBeforeNext / 1000)) });
    }
  };
}

import { Redis } from 'ioredis';
import { clockDifference } from '../clockDifference';

const ANSWER_MS = 5_000;

/** What a Redis server says of itself. */
export interface RedisInspection {
  /** As people write it: 7.0.15. */
  readonly version: string;
  /** None where the server keeps its settings to itself. */
  readonly maxmemoryPolicy: string | undefined;
  /** Bytes; 0 is no limit of its own. */
  readonly maxmemory: number;
  readonly clock: { readonly aheadMs: number; readonly withinMs: number };
}

/** Looks and changes nothing. Rejects when it cannot be reached or asks for another password. */
export async function inspectRedis(url: string): Promise<RedisInspection> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: ANSWER_MS,
    commandTimeout: ANSWER_MS,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  let reason: unknown;
  redis.on('error', (error: unknown) => {
    reason = error;
  });
  try {
    await redis.connect();
    const info = await redis.info();
    const of = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
    return {
      version: of('redis_version') ?? '0',
      maxmemoryPolicy: of('maxmemory_policy'),
      maxmemory: Number(of('maxmemory') ?? 0),
      clock: await clockDifference(async () => {
        const [seconds, micros] = await redis.time();
        return Number(seconds) * 1_000 + Number(micros) / 1_000;
      }),
    };
  } catch (error) {
    throw reason ?? error;
  } finally {
    redis.disconnect();
  }
}

import { Redis } from 'ioredis';
import { clockDifference } from '../clockDifference';

const ANSWER_MS = 5_000;

/** What a Redis server reports about itself. */
export interface RedisInspection {
  /** For example 7.0.15. */
  readonly version: string;
  /** Undefined if the server does not show its settings. */
  readonly maxmemoryPolicy: string | undefined;
  /** Bytes; 0 means that Redis sets no limit. */
  readonly maxmemory: number;
  readonly clock: { readonly aheadMs: number; readonly withinMs: number };
}

/** Read-only. Rejects when Redis cannot be reached or requires another password. */
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

import { Redis } from 'ioredis';
import type { Log } from '../../engine/log';

/** A producer fails at once while Redis is away, so a request gets an error instead of waiting for a reconnection. */
export async function connectProducer(url: string, log: Log): Promise<Redis> {
  const producer = new Redis(url, {
    maxRetriesPerRequest: 1,
    enableOfflineQueue: false,
    connectTimeout: 2_000,
    lazyConnect: true,
    retryStrategy,
  });
  let reason: unknown;
  const remember = (error: unknown): void => {
    reason = error;
  };
  producer.on('error', remember);
  try {
    await producer.connect();
    await expectNoEviction(producer, log);
  } catch (error) {
    producer.disconnect();
    if (reason === undefined) throw error;
    const why = reason instanceof Error ? reason.message : 'no answer';
    throw new Error(`REDIS_URL: Redis cannot be reached: ${why}. Start Redis there, or correct the address.`, {
      cause: error,
    });
  }
  producer.off('error', remember);
  return producer;
}

/** A worker waits for Redis without a limit; BullMQ requires that of blocking connections. */
export function connectConsumer(url: string, onError: (error: Error) => void): Redis {
  const redis = new Redis(url, { maxRetriesPerRequest: null, connectTimeout: 2_000, retryStrategy });
  redis.on('error', onError);
  return redis;
}

/** Identifies the Redis at an address, without its secrets. */
export function identityOf(url: string): string {
  const { host, pathname, searchParams } = new URL(url);
  return `redis ${host}${pathname} ${searchParams.get('db') ?? ''}`;
}

/**
 * Retries quickly at first, because a restart takes a moment. Never waits longer than a second, because the service
 * needs the queue.
 */
function retryStrategy(attempt: number): number {
  return Math.min(50 * attempt, 1_000);
}

/** Refuses a Redis that would evict jobs when its memory is full. Accepts one that does not show its settings. */
async function expectNoEviction(redis: Redis, log: Log): Promise<void> {
  const policy = await maxmemoryPolicy(redis, log);
  if (policy === undefined || policy === 'noeviction') return;
  throw new Error(`Redis has maxmemory-policy ${policy}, which lets it drop jobs. Set it to noeviction.`);
}

async function maxmemoryPolicy(probe: Redis, log: Log): Promise<string | undefined> {
  try {
    const reply = await probe.config('GET', 'maxmemory-policy');
    return Array.isArray(reply) ? String(reply[1]) : undefined;
  } catch (error) {
    log.warn({ err: error }, 'Redis does not tell its maxmemory-policy; make sure that it is noeviction');
    return undefined;
  }
}

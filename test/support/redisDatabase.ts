import { Redis } from 'ioredis';
import { REDIS } from './servers';
import type { TestDatabase } from './testDatabase';

/** A Redis server has 16 databases by default. No jest worker uses database 0. */
const DATABASES = 15;
let usedBy: TestDatabase | undefined;

/**
 * The address of the Redis database of this jest worker. Every queue has the same name, so suites that run at the same
 * time need a database each; a worker runs one suite at a time. The function deletes the jobs that earlier tests left in the
 * queue, unless this test database was the last one to use it.
 */
export async function redisDatabase(of?: TestDatabase): Promise<string> {
  const url = new URL(process.env[REDIS] ?? '');
  url.pathname = `/${((Number(process.env['JEST_WORKER_ID'] ?? 1) - 1) % DATABASES) + 1}`;
  if (of === undefined || of !== usedBy) await empty(url.href);
  usedBy = of;
  return url.href;
}

async function empty(url: string): Promise<void> {
  const redis = new Redis(url);
  try {
    const left = await redis.keys('tandem_queue:coordinator:*');
    if (left.length > 0) await redis.del(...left);
  } finally {
    redis.disconnect();
  }
}

import { RedisServer } from '../kit/redis';
import { heldServers, REDIS } from './servers';

export default async function globalTeardown(): Promise<void> {
  const servers = heldServers();
  await servers?.redis?.kill();
  await servers?.postgres.remove();
  const lines = skipped();
  if (lines.length === 0) return;
  process.stderr.write(`\n${lines.map((line) => `  SKIPPED: ${line}\n`).join('')}\n`);
  if (process.env['CI'] !== undefined) throw new Error('CI needs a Redis, so that no test is skipped');
}

function skipped(): readonly string[] {
  if (process.env[REDIS] === undefined) {
    return ['every test "on redis", because there is none. Set REDIS_URL or put redis-server on the PATH.'];
  }
  if (RedisServer.found()) return [];
  return ['the tests that kill and empty a Redis. They start their own: put redis-server on the PATH.'];
}

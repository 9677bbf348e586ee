import { heldServers, REDIS } from './servers';

export default async function globalTeardown(): Promise<void> {
  const servers = heldServers();
  await servers?.redis?.kill();
  await servers?.postgres.remove();
  if (process.env[REDIS] !== undefined) return;
  const lines = [
    '',
    '  SKIPPED: there is no Redis. Set REDIS_URL or put redis-server on the PATH.',
    '  Every test named "on redis" was skipped; nothing is known of that backend.',
    '',
  ];
  process.stderr.write(`${lines.join('\n')}\n`);
  if (process.env['CI'] !== undefined) throw new Error('CI needs a Redis, so that no test is skipped');
}

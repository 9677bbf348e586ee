import { mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { PostgresServer, type ServerKind } from './postgres';
import { RedisServer } from './redis';
import { REPOSITORY } from './startCommand';

const OUT = join(REPOSITORY, 'stress', 'out');

/** The servers of one run, and the directory for its logs. */
export interface World {
  readonly postgres: PostgresServer;
  readonly redis: RedisServer | undefined;
  readonly logDirectory: string;
  close(): Promise<void>;
}

export async function startWorld(
  backend: 'redis' | 'postgres',
  name: string,
  server: ServerKind = 'plain',
): Promise<World> {
  mkdirSync(OUT, { recursive: true });
  const logDirectory = mkdtempSync(join(OUT, `${name}-`));
  const postgres = await PostgresServer.start(server);
  const redis = backend === 'redis' ? await RedisServer.start() : undefined;
  return {
    postgres,
    redis,
    logDirectory,
    close: async () => {
      await redis?.kill();
      await postgres.remove();
    },
  };
}

/** Long enough that a calm run never reaches it, and short enough that a pause exceeds it. */
export const TRANSFER_TIMEOUT_MS = 5000;

/** The configuration of a service process in this world. The name identifies the process's database connections. */
export function serviceEnv(world: World, database: string, name: string): Record<string, string> {
  return {
    DATABASE_URL: world.postgres.url(database, name),
    ...(world.redis && { REDIS_URL: world.redis.url }),
    TRANSFER_TIMEOUT_MS: String(TRANSFER_TIMEOUT_MS),
    HTTP_WAIT_MS: '2500',
    LOG_LEVEL: 'warn',
    ROLE: 'all',
  };
}

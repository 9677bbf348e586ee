import { migrate } from '../../src/adapters/postgres/migrate';
import { PostgresServer } from '../kit/postgres';
import { RedisServer } from '../kit/redis';
import { holdServers, POSTGRES_PORT, REDIS, TEMPLATE } from './servers';

/** Starts one real PostgreSQL and one real Redis for the whole run; every test file gets its own database. */
export default async function globalSetup(): Promise<void> {
  const postgres = await PostgresServer.start();
  await withoutDisk(postgres);
  await postgres.query('postgres', `create database ${TEMPLATE}`);
  await migrate(postgres.url(TEMPLATE));
  process.env[POSTGRES_PORT] = String(postgres.port);
  const redis = await redisServer();
  holdServers({ postgres, redis });
}

/**
 * Lets the server answer before its writes are on disk. Only a power failure can then lose writes, and no test causes
 * one: the kernel keeps the writes of a killed process. Dropping a test's database takes a tenth of the time. Tests that
 * stop or kill PostgreSQL start their own server, with stock settings.
 */
async function withoutDisk(postgres: PostgresServer): Promise<void> {
  await postgres.query('postgres', 'alter system set fsync = off');
  await postgres.query('postgres', 'select pg_reload_conf()');
}

async function redisServer(): Promise<RedisServer | undefined> {
  const given = process.env['REDIS_URL'];
  if (given !== undefined && given !== '') {
    process.env[REDIS] = given;
    return undefined;
  }
  if (!RedisServer.found()) return undefined;
  const redis = await RedisServer.start();
  process.env[REDIS] = redis.url;
  return redis;
}

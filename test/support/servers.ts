import type { PostgresServer } from '../kit/postgres';
import type { RedisServer } from '../kit/redis';

/** The servers of one test run, from its setup to its teardown. Test files get their addresses. */
export interface TestServers {
  readonly postgres: PostgresServer;
  readonly redis: RedisServer | undefined;
}

export const TEMPLATE = 'tandem_template';
export const POSTGRES_PORT = 'TANDEM_TEST_POSTGRES_PORT';
export const REDIS = 'TANDEM_TEST_REDIS_URL';

const held: { servers?: TestServers } = {};

export function holdServers(servers: TestServers): void {
  held.servers = servers;
}

export function heldServers(): TestServers | undefined {
  return held.servers;
}

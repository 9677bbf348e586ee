import knex, { type Knex } from 'knex';
import { Client } from 'pg';
import { migrations } from '../../../migrations';

/** Any constant that no other program locks in this database: the bytes of "tndm". */
const MIGRATION_LOCK = 0x746e646d;
/** A process that holds the lock for so long is not migrating but hanging; waiting on would hide it. */
const LOCK_TIMEOUT_MS = 120_000;

/**
 * Brings the schema up to date. Idempotent, and safe when several processes start at once: an advisory lock lets one
 * migrate while the others wait and then find nothing to do. Under it knex's own lock can only be a leftover of a
 * process that died half way, so it is released first.
 */
export async function migrate(connectionString: string): Promise<readonly string[]> {
  const client = new Client({
    connectionString,
    application_name: 'tandem-migrate',
    connectionTimeoutMillis: 10_000,
    lock_timeout: LOCK_TIMEOUT_MS,
  });
  // Without a listener a connection cut while it waits would end the process with a bare stack;
  // the statement that was running fails all the same.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    return await migrateUnderLock(connectionString);
  } finally {
    await client.end();
  }
}

async function migrateUnderLock(connectionString: string): Promise<readonly string[]> {
  const db = knex({ client: 'pg', connection: connectionString, pool: { min: 0, max: 2 } });
  try {
    const config: Knex.MigratorConfig = { migrationSource: source, tableName: 'tandem_migrations' };
    await db.migrate.forceFreeMigrationsLock(config);
    const [, applied]: [number, string[]] = await db.migrate.latest(config);
    return applied;
  } finally {
    await db.destroy();
  }
}

const source: Knex.MigrationSource<string> = {
  getMigrations: () => Promise.resolve([...migrations.keys()]),
  getMigrationName: (name) => name,
  getMigration: (name) => {
    const migration = migrations.get(name);
    return migration ? Promise.resolve(migration) : Promise.reject(new Error(`There is no migration ${name}`));
  },
};

import { setTimeout as sleep } from 'node:timers/promises';
import knex, { type Knex } from 'knex';
import { Client } from 'pg';
import { migrations } from '../../../migrations';
import { sqlState } from './errors';

/** Any constant that no other program locks in this database: the bytes of "tndm". */
const MIGRATION_LOCK = 0x746e646d;
/** A session that holds a lock for this long has probably hung. A longer wait would hide that. */
const LOCK_TIMEOUT_MS = 120_000;
/**
 * A migration waits no longer than this for a table. While it waits behind a reader, such as a backup, every write to
 * the table waits behind it. It pauses, so that those get through, and tries again.
 */
const TABLE_LOCK_TIMEOUT_MS = 300;
const PAUSE_MS = 700;
/** A migration takes as long as it takes. A timeout that the database or the role has would end each attempt alike. */
const NO_STATEMENT_TIMEOUT = '-c statement_timeout=0';

/**
 * Brings the schema up to date. Idempotent, and safe when several processes start at once: an advisory lock lets one
 * process migrate, and the others then find nothing to do. While this process holds that lock, knex's own lock can only
 * be a leftover of a process that died during its migration, so it is released first.
 * Rejects when another session keeps a lock for `lockTimeoutMs`.
 */
export async function migrate(connectionString: string, lockTimeoutMs = LOCK_TIMEOUT_MS): Promise<readonly string[]> {
  const client = new Client({
    connectionString,
    application_name: 'tandem-migrate',
    connectionTimeoutMillis: 10_000,
    lock_timeout: lockTimeoutMs,
    options: NO_STATEMENT_TIMEOUT,
  });
  // Without a listener, a connection lost during the wait would end the process with only a stack trace. The running
  // statement fails anyway.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]).catch((error: unknown) => {
      const isThatLock = `locktype = 'advisory' and objid = ${MIGRATION_LOCK}`;
      throw lockedFor(lockTimeoutMs, 'the lock of migrations', isThatLock, error);
    });
    await expectKnownSchema(client);
    return await migrateUnderLock(connectionString, lockTimeoutMs);
  } catch (error) {
    if (sqlState(error) !== NOT_ALLOWED) throw error;
    throw new Error(
      `DATABASE_URL: user "${client.user}" may not make tables in database "${client.database}". As its owner: ` +
        `grant create on schema public to "${client.user}".`,
      { cause: error },
    );
  } finally {
    await client.end();
  }
}

/** PostgreSQL's codes for a missing privilege, and for a lock timeout. */
const NOT_ALLOWED = '42501';
const LOCK_NOT_AVAILABLE = '55P03';

/** The migrations that a database lacks. Throws when its schema is not one that this program knows. */
export async function pendingMigrations(client: Client): Promise<readonly string[]> {
  const applied = await expectKnownSchema(client);
  return [...migrations.keys()].filter((name) => !applied.includes(name));
}

/**
 * Rejects a schema that this program does not know: to work on it would be a guess about money. Resolves to the
 * migrations that were applied.
 */
async function expectKnownSchema(client: Client): Promise<readonly string[]> {
  const { rows: tables } = await client.query<{ found: boolean }>(
    `select to_regclass('tandem_migrations') is not null as found`,
  );
  if (tables[0]?.found !== true) return [];
  const { rows } = await client.query<{ name: string }>('select name from tandem_migrations order by name');
  const applied = rows.map(({ name }) => name);
  const unknown = applied.filter((name) => !migrations.has(name));
  const [last = ''] = [...migrations.keys()].toReversed();
  if (unknown.length === 0) return applied;
  const which = unknown.every((name) => name > last) ? 'newer than this program' : 'of another version of this program';
  throw new Error(
    `The schema of the database is ${which}: it has ${unknown.join(', ')}. Start the version that made it, or set ` +
      'DATABASE_URL to another database; where the embedded server keeps it, DATA_DIR to another folder.',
  );
}

async function migrateUnderLock(connectionString: string, lockTimeoutMs: number): Promise<readonly string[]> {
  const connection = { connectionString, lock_timeout: TABLE_LOCK_TIMEOUT_MS, options: NO_STATEMENT_TIMEOUT };
  const db = knex({ client: 'pg', connection, pool: { min: 0, max: 2 } });
  // Only waits count: a migration may work for long before the next one meets a lock.
  let waitedMs = 0;
  try {
    const config: Knex.MigratorConfig = { migrationSource: source, tableName: 'tandem_migrations' };
    for (;;) {
      try {
        await db.migrate.forceFreeMigrationsLock(config);
        const [, applied]: [number, string[]] = await db.migrate.latest(config);
        return applied;
      } catch (error) {
        if (sqlState(error) !== LOCK_NOT_AVAILABLE) throw error;
        waitedMs += TABLE_LOCK_TIMEOUT_MS + PAUSE_MS;
        if (waitedMs > lockTimeoutMs)
          throw lockedFor(lockTimeoutMs, 'a lock on a table', `locktype = 'relation'`, error);
        await sleep(PAUSE_MS);
      }
    }
  } finally {
    await db.destroy();
  }
}

/** Says what a lock timeout means here, and how to find the session that has the lock. Any other error stays as it is. */
function lockedFor(ms: number, lock: string, isThatLock: string, cause: unknown): unknown {
  if (sqlState(cause) !== LOCK_NOT_AVAILABLE) return cause;
  return new Error(
    `The schema could not be brought up to date (lock timeout): another session has held ${lock} for ${ms / 1000} s. ` +
      `End that session or wait for it, and start again. To find it: select a.pid, a.application_name, a.state, a.query ` +
      `from pg_locks join pg_stat_activity a using (pid) where granted and ${isThatLock} and a.pid <> pg_backend_pid() ` +
      'and database = (select oid from pg_database where datname = current_database())',
    { cause },
  );
}

const source: Knex.MigrationSource<string> = {
  getMigrations: () => Promise.resolve([...migrations.keys()]),
  getMigrationName: (name) => name,
  getMigration: (name) => {
    const migration = migrations.get(name);
    return migration ? Promise.resolve(migration) : Promise.reject(new Error(`There is no migration ${name}`));
  },
};

import { join } from 'node:path';
import { expectUsable } from '../adapters/postgres/admission';
import { startEmbeddedServer } from '../adapters/postgres/embedded/server';
import { dropForeignFeed } from '../adapters/postgres/foreignFeed';
import { migrate } from '../adapters/postgres/migrate';
import { patiently } from '../adapters/postgres/patience';
import { type Config, ConfigError } from '../config';
import type { Log } from '../engine/log';
import type { Lifecycle } from './lifecycle';

const EMBEDDED_STOP_MS = 3_000;

export interface OpenDatabase {
  readonly url: string;
  /** Text for people: where the data is. */
  readonly place: string;
}

/** A database whose schema is up to date. */
export interface MigratedDatabase extends OpenDatabase {
  /** The migrations that this start applied. */
  readonly applied: readonly string[];
}

/** Opens the configured database and brings its schema up to date. Waits while the database refuses connections. */
export async function openDatabase(config: Config, log: Log, life: Lifecycle): Promise<MigratedDatabase> {
  const database = databaseOf(config) ?? (await embedded(config, log, life));
  await patiently(log, () => expectUsable(database.url));
  const applied = await patiently(log, () => migrate(database.url));
  if (applied.length > 0) log.info({ migrations: applied }, 'the schema was brought up to date');
  if (await patiently(log, () => dropForeignFeed(database.url)))
    log.warn({}, 'the database is a copy from another server: its events were dropped, and readers begin again');
  return { ...database, applied };
}

/** The database that `DATABASE_URL` names; undefined for an embedded server. Throws a {@link ConfigError}. */
export function databaseOf({ DATABASE_URL, DATABASE_PASSWORD }: Config): OpenDatabase | undefined {
  if (DATABASE_PASSWORD === undefined) {
    return DATABASE_URL === undefined ? undefined : { url: DATABASE_URL, place: 'DATABASE_URL' };
  }
  if (DATABASE_URL === undefined) throw unusable('is given without DATABASE_URL, to whose user it belongs');
  const url = new URL(DATABASE_URL);
  if (url.password !== '') throw unusable('is given, and DATABASE_URL has a password too; give it in one of them');
  url.password = encodeURIComponent(DATABASE_PASSWORD);
  return { url: url.href, place: 'DATABASE_URL' };
}

function unusable(why: string): ConfigError {
  return new ConfigError(`The configuration is not usable:\n  DATABASE_PASSWORD: ${why}`);
}

async function embedded(config: Config, log: Log, life: Lifecycle): Promise<OpenDatabase> {
  const server = await startEmbeddedServer(join(config.DATA_DIR, 'postgres'), log);
  const stop = async (): Promise<void> => {
    const ended = await server.stop();
    if (ended === 'left') log.info({}, 'the embedded PostgreSQL is left running: another process uses it');
    if (ended === 'gone') log.info({}, 'the embedded PostgreSQL was gone already');
  };
  life.started('embedded PostgreSQL', stop, EMBEDDED_STOP_MS);
  log.info({ found: server.found, data: server.folder }, 'embedded PostgreSQL is running');
  return { url: server.connectionString, place: server.folder };
}

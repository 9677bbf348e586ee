import { Client } from 'pg';
import { clockDifference } from '../clockDifference';
import { pendingMigrations } from './migrate';

const ANSWER_MS = 10_000;

/** What a PostgreSQL server reports about itself to a client that wants to use it. */
export interface Inspection {
  /** For example 16.4. */
  readonly version: string;
  /** Settings by name, out of {@link SETTINGS}; a setting that this version lacks is missing. */
  readonly settings: ReadonlyMap<string, string>;
  /** `max`: connections that this user may open at once. `used`: connections of all users now, except this one. */
  readonly connections: { readonly max: number; readonly used: number };
  /** Whether the connection is encrypted. */
  readonly isEncrypted: boolean;
  /** Whether this user may create tables in the schema's place. */
  readonly mayCreate: boolean;
  /** Migrations that the schema lacks. */
  readonly pending: readonly string[];
  /** The number of webhooks by the key of their newest secret; an empty name means no key. */
  readonly webhooksByKey: ReadonlyMap<string, number>;
  readonly clock: { readonly aheadMs: number; readonly withinMs: number };
}

const SETTINGS = [
  'fsync',
  'full_page_writes',
  'synchronous_commit',
  'autovacuum',
  'default_transaction_isolation',
  'archive_mode',
] as const;

/** Read-only. Rejects with pg's errors, or with one sentence if the schema belongs to another program. */
export async function inspect(connectionString: string): Promise<Inspection> {
  const client = new Client({
    connectionString,
    application_name: 'tandem-doctor',
    connectionTimeoutMillis: ANSWER_MS,
    query_timeout: ANSWER_MS,
  });
  // Without a listener, a lost connection would end the process with only a stack trace.
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows: settings } = await client.query<{ name: string; setting: string }>(
      'select name, setting from pg_settings where name = any($1)',
      [SETTINGS],
    );
    const [facts] = (await client.query<Facts>(FACTS)).rows;
    if (!facts) throw new Error('PostgreSQL told nothing of itself');
    const { version, max, used, isEncrypted, mayCreate } = facts;
    return {
      version: version.split(' ')[0] ?? version,
      settings: new Map(settings.map(({ name, setting }) => [name, setting])),
      connections: { max, used },
      isEncrypted,
      mayCreate,
      pending: await pendingMigrations(client),
      webhooksByKey: await webhooksByKey(client),
      clock: await clockDifference(async () => Number((await client.query<{ ms: number }>(NOW)).rows[0]?.ms)),
    };
  } finally {
    await client.end();
  }
}

/** Empty if the schema has no webhooks yet, or this user may not read them. */
async function webhooksByKey(client: Client): Promise<ReadonlyMap<string, number>> {
  const { rows: there } = await client.query(
    `select where has_table_privilege(to_regclass('webhook_secrets'), 'select')`,
  );
  if (there.length === 0) return new Map();
  const { rows } = await client.query<{ key: string; webhooks: number }>(WEBHOOKS_BY_KEY);
  return new Map(rows.map(({ key, webhooks }) => [key, webhooks]));
}

const WEBHOOKS_BY_KEY =
  'select key_id as key, count(*)::int as webhooks from webhook_secrets where ends_at is null group by key_id';

const NOW = 'select (extract(epoch from clock_timestamp()) * 1000)::float8 as ms';

interface Facts {
  readonly version: string;
  readonly max: number;
  readonly used: number;
  readonly isEncrypted: boolean;
  readonly mayCreate: boolean;
}

/** Excludes connections reserved for superusers and, since version 16, for reserved roles. */
const FACTS = `
select current_setting('server_version') as version,
  current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
    - coalesce(current_setting('reserved_connections', true), '0')::int as max,
  (select count(*)::int from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()) as used,
  coalesce((select ssl from pg_stat_ssl where pid = pg_backend_pid()), false) as "isEncrypted",
  has_schema_privilege(current_schema(), 'create') as "mayCreate"`;

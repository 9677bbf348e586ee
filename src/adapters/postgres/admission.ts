import { Client } from 'pg';
import { sqlState } from './errors';

const CONNECT_MS = 10_000;
const VERSION_MIN = 140_000;

interface Server {
  readonly version: number;
  readonly isReadOnly: boolean;
}

/**
 * Checks that the database is reachable, admits this process, and is one that Tandem can work with. Rejects with one
 * sentence that names the fault of the address and never its password. Rejects with PostgreSQL's own error while
 * PostgreSQL turns connections away.
 */
export async function expectUsable(connectionString: string): Promise<void> {
  const client = new Client({
    connectionString,
    application_name: 'tandem-start',
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: CONNECT_MS,
  });
  // Without a listener, a lost connection would end the process with only a stack trace.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const [server] = (await client.query<Server>(ASK)).rows;
    if (server) expectSuitable(server);
  } catch (error) {
    throw explained(error, client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

const ASK = `select current_setting('server_version_num')::int as version,
  current_setting('transaction_read_only')::boolean as "isReadOnly"`;

function expectSuitable({ version, isReadOnly }: Server): void {
  if (version < VERSION_MIN) {
    throw new Unsuitable(
      `DATABASE_URL: PostgreSQL ${Math.floor(version / 10_000)} is too old; it must be PostgreSQL 14 or newer.`,
    );
  }
  if (isReadOnly) {
    throw new Unsuitable('DATABASE_URL: this PostgreSQL is read-only, as a standby is; name the primary server.');
  }
}

class Unsuitable extends Error {}

function explained(error: unknown, { host, port, user, database }: Client): unknown {
  if (error instanceof Unsuitable || ['53300', '57P03'].includes(sqlState(error) ?? '')) return error;
  const message = error instanceof Error ? error.message : String(error);
  const why = sentenceFor(codeOf(error), message, { at: `${host}:${port}`, host, user, database });
  return new Error(`DATABASE_URL: ${why}`, { cause: error });
}

interface Address {
  readonly at: string;
  readonly host: string;
  readonly user: string | undefined;
  readonly database: string | undefined;
}

function sentenceFor(code: string, message: string, { at, host, user, database }: Address): string {
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `there is no host "${host}". Correct the host.`;
    case 'ECONNREFUSED':
      return `nothing listens at ${at}. Start PostgreSQL there, or correct host and port.`;
    case '28P01':
      return `PostgreSQL at ${at} does not take user "${user}" with this password. Correct user or password.`;
    case '28000':
      if (!user) return `it names no user. Write one before the host: postgres://user@${at}/${database}.`;
      return `PostgreSQL at ${at} does not let user "${user}" in: ${message}.`;
    case '3D000':
      return `there is no database "${database}" at ${at}. Create it (createdb), or correct its name.`;
    case '42501':
      return `user "${user}" may not use database "${database}" at ${at}: ${message}.`;
    default:
      return `PostgreSQL at ${at} cannot be reached: ${message || code}. Correct host and port, or see to the server.`;
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

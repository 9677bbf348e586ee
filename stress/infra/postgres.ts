import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chownSync, closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { findBinaries } from '../../src/adapters/postgres/embedded/binaries';
import { findServerUser } from '../../src/adapters/postgres/embedded/serverUser';
import { ended, endWithHarness } from './childProcess';
import { freePort } from './ports';
import { eventually } from './wait';

/** The auditor asks when a row became durable. */
const AUDITED = ['-c', 'track_commit_timestamp=on'];
/** Ports and paths apart, what a stock server has: durability is not relaxed for the test. */
const SETTINGS = [
  ...AUDITED,
  '-c',
  'max_connections=300',
  '-c',
  'log_min_messages=warning',
  '-c',
  'log_line_prefix=%m [%p] %a ',
];

/**
 * A PostgreSQL server of the harness's own: own port, own data directory, gone afterwards. Run as another user when
 * the harness is root, because postgres refuses to be. The service's embedded server is no use here: what is needed is
 * the process itself, to stop it in the ways that hurt.
 */
export class PostgresServer {
  private child: ChildProcess | undefined;

  private constructor(
    private readonly directory: string,
    readonly port: number,
  ) {}

  static async start(): Promise<PostgresServer> {
    const directory = mkdtempSync(join(tmpdir(), 'tandem-stress-pg-'));
    const user = unprivileged();
    if (user.uid !== undefined && user.gid !== undefined) chownSync(directory, user.uid, user.gid);
    const data = join(directory, 'data');
    execFileSync(
      findBinaries(findServerUser()).initdb,
      ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync'],
      {
        ...user,
        cwd: directory,
        stdio: 'pipe',
        env: { ...process.env, LC_ALL: 'C' },
      },
    );
    writeFileSync(join(directory, 'log'), '');
    const server = new PostgresServer(directory, await freePort());
    await server.up();
    return server;
  }

  url(database: string, applicationName = 'stress'): string {
    return `postgres://postgres@127.0.0.1:${this.port}/${database}?application_name=${applicationName}`;
  }

  /** Starts the server and waits until it accepts connections (after a crash: until it has recovered). */
  async up(): Promise<void> {
    const log = openSync(join(this.directory, 'log'), 'a');
    const data = join(this.directory, 'data');
    const child = spawn(
      findBinaries(findServerUser()).postgres,
      ['-D', data, '-p', String(this.port), '-h', '127.0.0.1', '-k', this.directory, ...SETTINGS],
      {
        ...unprivileged(),
        cwd: this.directory,
        stdio: ['ignore', log, log],
        detached: true,
        env: { ...process.env, LC_ALL: 'C' },
      },
    );
    closeSync(log);
    endWithHarness(child);
    this.child = child;
    await eventually('PostgreSQL accepts connections', () => this.query('postgres', 'select 1'), {
      deadlineMs: 60_000,
    });
  }

  /** `immediate` aborts without a checkpoint, as `pg_ctl stop -m immediate` does: the next start recovers from the log. */
  async down(mode: 'immediate' | 'fast'): Promise<void> {
    if (!this.child) return;
    this.child.kill(mode === 'immediate' ? 'SIGQUIT' : 'SIGINT');
    await ended(this.child);
    this.child = undefined;
  }

  /** Terminates connections, all but the auditor's, of all databases or of one. Answers how many. */
  async cutConnections(database?: string): Promise<number> {
    const rows = await this.query(
      'postgres',
      `select pg_terminate_backend(pid) from pg_stat_activity
        where backend_type = 'client backend' and pid <> pg_backend_pid() and application_name <> 'stress-audit'
          and ($1::text is null or datname = $1)`,
      [database ?? null],
    );
    return rows.length;
  }

  /** One statement on a connection of its own. */
  async query(database: string, text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
    const client = new Client({ connectionString: this.url(database, 'stress-audit'), connectionTimeoutMillis: 5000 });
    client.on('error', () => undefined); // the server may go away under an idle connection; the query itself rejects
    await client.connect();
    try {
      const result = await client.query<Record<string, unknown>>(text, values);
      return result.rows;
    } finally {
      await client.end();
    }
  }

  /** Stops one backend of the service, one that works on a statement if there is one. None when there is no backend. */
  async stall(database: string): Promise<{ release(): void } | undefined> {
    const [row] = await this.query(
      'postgres',
      `select pid from pg_stat_activity
        where datname = $1 and backend_type = 'client backend' and application_name like 'service-%'
        order by state = 'active' desc, random() limit 1`,
      [database],
    );
    const pid = Number(row?.['pid']);
    return pid > 0 && signal(pid, 'SIGSTOP') ? { release: () => void signal(pid, 'SIGCONT') } : undefined;
  }

  /** Lines of the server's log that hold the text. */
  logged(text: string): string[] {
    return readFileSync(join(this.directory, 'log'), 'utf8')
      .split('\n')
      .filter((line) => line.includes(text));
  }

  async remove(): Promise<void> {
    await this.down('immediate');
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** False when the process is gone. */
function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

function unprivileged(): { uid?: number; gid?: number } {
  const user = findServerUser();
  return user ? { uid: user.uid, gid: user.gid } : {};
}

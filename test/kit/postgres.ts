import { execFileSync } from 'node:child_process';
import { chownSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findBinaries } from '../../src/adapters/postgres/embedded/binaries';
import { findServerUser } from '../../src/adapters/postgres/embedded/serverUser';
import { freePort } from './ports';
import { ask, type Ending, Postmaster, unprivileged, urlOf } from './postmaster';
import { SmallDisk } from './smallDisk';
import { eventually } from './wait';

/** What a server has beside itself: nothing, a disk for its tables that a test can fill, or a synchronous standby. */
export type ServerKind = 'plain' | 'small-disk' | 'standby';

/**
 * A PostgreSQL server of the harness, with its own port and data directory; both are removed at the end. If the harness
 * is root, the server runs as another user, because postgres refuses to run as root. The service's embedded server does
 * not fit here: the harness needs the process itself, to stop it in hostile ways.
 */
export class PostgresServer {
  private running: Postmaster;
  private standby: Postmaster | undefined;

  private constructor(
    private readonly directory: string,
    readonly port: number,
    /** The disk for its tables, if it has a separate one. */
    readonly disk: SmallDisk | undefined,
  ) {
    this.running = new Postmaster(directory, 'data', port);
  }

  /** Throws when a small disk is asked for and this machine cannot provide one. */
  static async start(kind: ServerKind = 'plain'): Promise<PostgresServer> {
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
    const disk = kind === 'small-disk' ? SmallDisk.mount() : undefined;
    if (kind === 'small-disk' && !disk) throw new Error('a small disk cannot be mounted here: only root may');
    const server = new PostgresServer(directory, await freePort(), disk);
    if (kind === 'standby') await server.addStandby();
    await server.up();
    if (disk) await server.query('postgres', `create tablespace small location '${disk.path}'`);
    return server;
  }

  async createDatabase(name: string): Promise<void> {
    await this.query('postgres', `create database ${name}${this.disk ? ' tablespace small' : ''}`);
  }

  /** Starts the server and waits until it accepts connections. After a crash this includes the recovery. */
  async up(): Promise<void> {
    const settings = this.standby ? ['-c', 'synchronous_standby_names=*', '-c', 'wal_keep_size=1GB'] : [];
    this.running.spawn(settings);
    await eventually('PostgreSQL accepts connections', () => this.query('postgres', 'select 1'), {
      deadlineMs: 60_000,
    });
  }

  /**
   * Stops the server. `immediate` aborts without a checkpoint, as `pg_ctl stop -m immediate` does, so the next start
   * recovers from the log.
   */
  down(mode: Ending): Promise<void> {
    return this.running.end(mode);
  }

  /** Kills the primary. The standby has everything that was acknowledged, and serves at the same address. */
  async failOver(): Promise<void> {
    const { standby } = this;
    if (!standby) throw new Error('there is no standby');
    const inStep = async (): Promise<true | undefined> => {
      const rows = await this.query('postgres', `select from pg_stat_replication where sync_state = 'sync'`);
      return rows.length > 0 ? true : undefined;
    };
    await eventually('the standby is in step', inStep, { deadlineMs: 60_000 });
    await this.running.end('killed');
    await ask(standby.port, 'postgres', 'select pg_promote()');
    await standby.end('fast');
    this.standby = undefined;
    this.running = new Postmaster(this.directory, standby.data, this.port);
    await this.up();
  }

  /** Adds a standby: a copy of the data directory before its first start. It follows the primary from the first record on. */
  private async addStandby(): Promise<void> {
    const copy = join(this.directory, STANDBY_DATA);
    cpSync(join(this.directory, 'data'), copy, { recursive: true, preserveTimestamps: true });
    writeFileSync(join(copy, 'standby.signal'), '');
    execFileSync('chown', ['-R', '--reference', join(this.directory, 'data'), copy]);
    const standby = new Postmaster(this.directory, STANDBY_DATA, await freePort());
    standby.spawn([
      '-c',
      `primary_conninfo=host=127.0.0.1 port=${this.port} user=postgres application_name=standby`,
      '-c',
      'wal_retrieve_retry_interval=200',
    ]);
    this.standby = standby;
  }

  url(database: string, applicationName = 'stress'): string {
    return urlOf(this.port, database, applicationName);
  }

  /** Terminates connections of one database or of all, except the auditor's. Resolves to their number. */
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

  /** Runs one statement on its own connection. */
  query(database: string, text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
    return ask(this.port, database, text, values);
  }

  /** Stops one backend of the service, preferably one that is running a statement. Resolves to undefined when there is no backend. */
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

  /** The lines of the server's log that contain the text. */
  logged(text: string): string[] {
    return readFileSync(join(this.directory, 'log'), 'utf8')
      .split('\n')
      .filter((line) => line.includes(text));
  }

  async remove(): Promise<void> {
    await Promise.all([this.down('immediate'), this.standby?.end('immediate')]);
    rmSync(this.directory, { recursive: true, force: true });
    this.disk?.unmount();
  }
}

const STANDBY_DATA = 'standby';

/** Returns false when the process is gone. */
function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

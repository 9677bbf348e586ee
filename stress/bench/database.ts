import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, type QueryResultRow } from 'pg';
import pino from 'pino';
import { startEmbeddedServer } from '../../src/adapters/postgres/embedded/server';

/** The extension is loaded but does not count, because the table is measured without it. */
const SETTINGS = { shared_preload_libraries: 'pg_stat_statements' };

/**
 * A PostgreSQL server of the bench, with stock settings unless told otherwise. It is removed at the end. Each system
 * has its own database in it.
 */
export class BenchDatabase {
  private constructor(
    private readonly directory: string,
    private readonly connectionString: string,
    private readonly stopServer: () => Promise<unknown>,
  ) {}

  static async start(settings: Readonly<Record<string, string>>): Promise<BenchDatabase> {
    const directory = mkdtempSync(join(tmpdir(), 'tandem-bench-'));
    // If root runs this, another user runs the server and must be able to enter the folder. Otherwise the server keeps its
    // data elsewhere, and leaves it there.
    chmodSync(directory, 0o711);
    const server = await startEmbeddedServer(directory, pino({ level: 'warn' }), { ...settings, ...SETTINGS });
    const database = new BenchDatabase(directory, server.connectionString, () => server.stop());
    process.once('exit', () => database.abandon());
    await database.query('postgres', "alter system set pg_stat_statements.track = 'none'");
    await database.query('postgres', 'select pg_reload_conf()');
    return database;
  }

  /** The pid of the server's first process, the parent of all others. */
  get pid(): number {
    return Number(readFileSync(join(this.directory, 'data', 'postmaster.pid'), 'utf8').split('\n')[0]);
  }

  url(database: string): string {
    const url = new URL(this.connectionString);
    url.pathname = `/${database}`;
    return url.href;
  }

  async create(database: string): Promise<string> {
    await this.query('postgres', `create database ${database}`);
    return this.url(database);
  }

  async drop(database: string): Promise<void> {
    await this.query('postgres', `drop database if exists ${database} with (force)`);
  }

  /** Runs one statement on its own connection. */
  async query<Row extends QueryResultRow>(database: string, text: string, values: unknown[] = []): Promise<Row[]> {
    const client = new Client({ connectionString: this.url(database), application_name: 'bench' });
    await client.connect();
    try {
      const { rows } = await client.query<Row>(text, values);
      return rows;
    } finally {
      await client.end();
    }
  }

  async stop(): Promise<void> {
    await this.stopServer();
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** Ends the server when the bench exits without having stopped it. */
  private abandon(): void {
    try {
      process.kill(this.pid, 'SIGQUIT');
      rmSync(this.directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        console.error('the PostgreSQL of the bench stayed behind', error);
    }
  }
}

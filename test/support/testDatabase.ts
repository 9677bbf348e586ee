import { randomBytes } from 'node:crypto';
import { Client, DatabaseError, type QueryResultRow } from 'pg';
import type { PostgresServer } from '../kit/postgres';
import { POSTGRES_PORT, TEMPLATE } from './servers';

/** PostgreSQL's code for an object that others use. */
const IN_USE = '55006';
const DROPS_MAX = 6;

/** A migrated database that belongs to one test file. */
export class TestDatabase {
  private constructor(
    private readonly name: string,
    private readonly port = process.env[POSTGRES_PORT],
  ) {}

  static async create(): Promise<TestDatabase> {
    const name = `test_${randomBytes(6).toString('hex')}`;
    await query(address('postgres'), `create database ${name} template ${TEMPLATE}`);
    return new TestDatabase(name);
  }

  /** Creates a database without a schema, as the service finds it at its first start. */
  static async createEmpty(): Promise<TestDatabase> {
    const name = `test_${randomBytes(6).toString('hex')}`;
    await query(address('postgres'), `create database ${name}`);
    return new TestDatabase(name);
  }

  /** Creates a database on the test's own server, which the test may stop. The service creates the schema. */
  static async createOn(server: PostgresServer, where = ''): Promise<TestDatabase> {
    await server.query('postgres', `create database bank ${where}`);
    return new TestDatabase('bank', String(server.port));
  }

  /** Makes a copy, as a restored backup is one. No session may be connected. */
  async copied(): Promise<TestDatabase> {
    const name = `test_${randomBytes(6).toString('hex')}`;
    await query(address('postgres', this.port), `create database ${name} template ${this.name}`);
    return new TestDatabase(name, this.port);
  }

  get url(): string {
    return address(this.name, this.port);
  }

  query<Row extends QueryResultRow>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    return query<Row>(this.url, text, values);
  }

  /**
   * Drops the database. Fails if a session stays connected: then a test left a pool or a process behind. PostgreSQL
   * waits five seconds for the sessions of a killed process to end; a busy machine may need more.
   */
  async drop(): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        await query(address('postgres', this.port), `drop database ${this.name}`);
        return;
      } catch (error) {
        const isInUse = error instanceof DatabaseError && error.code === IN_USE;
        if (!isInUse || tries === DROPS_MAX) throw error;
      }
    }
  }

  /** Locks a table, so that every statement on it waits. Resolves to a function that releases the lock. */
  async lockTable(table: string): Promise<() => Promise<void>> {
    const client = new Client({ connectionString: this.url, application_name: 'test' });
    await client.connect();
    await client.query('begin');
    await client.query(`lock table ${table} in access exclusive mode`);
    return () => client.end();
  }

  /** Runs `task` while another session holds the lock that the `lock` statement takes, as a hanging statement would. */
  async whileLocked<T>(lock: string, task: () => Promise<T>): Promise<T> {
    const client = new Client({ connectionString: this.url, application_name: 'test' });
    await client.connect();
    try {
      await client.query('begin');
      await client.query(lock);
      return await task();
    } finally {
      await client.end();
    }
  }

  async deadlocks(): Promise<unknown> {
    const [row] = await this.query<{ deadlocks: unknown }>(
      'select deadlocks from pg_stat_database where datname = current_database()',
    );
    return row?.deadlocks;
  }

  /** True when a statement waits for a lock. */
  async lockWaits(): Promise<true | undefined> {
    const rows = await this.query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    return rows.length > 0 ? true : undefined;
  }

  /** Terminates every connection to this database. Resolves to their number. */
  async cutConnections(): Promise<number> {
    const rows = await query(
      address('postgres', this.port),
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = $1',
      [this.name],
    );
    return rows.length;
  }
}

function address(database: string, port = process.env[POSTGRES_PORT]): string {
  return `postgres://postgres@127.0.0.1:${port}/${database}`;
}

async function query<Row extends QueryResultRow>(
  connectionString: string,
  text: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  const client = new Client({ connectionString, application_name: 'test' });
  await client.connect();
  try {
    return (await client.query<Row>(text, [...values])).rows;
  } finally {
    await client.end();
  }
}

import knex, { type Knex } from 'knex';
import { OverloadedError, UnavailableError } from '../../../engine/faults';
import type { Log } from '../../../engine/log';
import { classify, sqlState } from '../errors';

export interface ReadPoolOptions {
  readonly connectionString: string;
  /** The application name of its connections in PostgreSQL. */
  readonly name?: string;
  readonly connectionsMax: number;
  /** How long a read waits for a connection before it is rejected. */
  readonly acquireTimeoutMs: number;
  readonly statementTimeoutMs: number;
  /**
   * Commits return before they are on disk: a crash of the server may undo those of the last half second, each one
   * entirely.
   */
  readonly mayBeUndone?: boolean;
}

type Bindings = Readonly<Record<string, Knex.RawBinding>>;

/**
 * The pool for reads and administration, separate from the hot path's pool: a caller that uses all of it slows down no
 * other caller's transfer. It writes only what operators request.
 */
export class ReadPool {
  readonly knex: Knex;

  constructor(
    private readonly options: ReadPoolOptions,
    log: Log,
  ) {
    // The caller of each statement that a lost connection breaks, or that gets no connection, receives an error too.
    const tell = (message: unknown): void =>
      log.debug({ detail: String(message) }, 'the pool for reads reported an error');
    this.knex = knex({
      client: 'pg',
      connection: {
        connectionString: options.connectionString,
        application_name: options.name ?? 'tandem-reads',
        statement_timeout: options.statementTimeoutMs,
        ...(options.mayBeUndone && { options: '-c synchronous_commit=off' }),
        connectionTimeoutMillis: options.acquireTimeoutMs,
      },
      pool: { min: 0, max: options.connectionsMax },
      acquireConnectionTimeout: options.acquireTimeoutMs,
      log: { warn: tell, error: tell, deprecate: tell, debug: () => undefined },
    });
  }

  /** Connections in use, free connections, and reads waiting for one. */
  get use(): { readonly used: number; readonly free: number; readonly waiting: number } {
    const { pool } = this.knex.client as {
      pool: { numUsed(): number; numFree(): number; numPendingAcquires(): number };
    };
    return { used: pool.numUsed(), free: pool.numFree(), waiting: pool.numPendingAcquires() };
  }

  /** Runs one statement, its placeholders written `:name`, and resolves to its rows. */
  async rows<Row>(sql: string, bindings: Bindings): Promise<Row[]> {
    return this.asked(async () => (await this.knex.raw<{ rows: Row[] }>(sql, bindings)).rows);
  }

  /**
   * Runs several statements in one transaction; resolves to the rows of the last. Each statement sees what was
   * committed before it began: a statement after a lock reads nothing older than the lock.
   */
  async rowsOfLast<Row>(statements: readonly string[], bindings: Bindings): Promise<Row[]> {
    return this.asked(() =>
      this.knex.transaction(async (transaction) => {
        let rows: Row[] = [];
        for (const sql of statements) ({ rows } = await transaction.raw<{ rows: Row[] }>(sql, bindings));
        return rows;
      }),
    );
  }

  private async asked<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      throw faultOf(error, this.use.used >= this.options.connectionsMax);
    }
  }

  async close(): Promise<void> {
    await this.knex.destroy();
  }
}

/** PostgreSQL's code for a statement that was cancelled, here by the timeout. */
const CANCELLED = '57014';

/** `isFull`: every connection is in use, so a timeout for a connection says nothing about the database. */
function faultOf(error: unknown, isFull: boolean): unknown {
  if (error instanceof knex.KnexTimeoutError) {
    return isFull
      ? new OverloadedError('No connection for reads was free', { cause: error })
      : new UnavailableError('The database gives no connection', 'not-started', { cause: error });
  }
  if (sqlState(error) === CANCELLED) return new OverloadedError('The read took too long', { cause: error });
  if (classify(error) === 'away') return new UnavailableError('The database is away', 'not-started', { cause: error });
  return error;
}

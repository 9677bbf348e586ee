import knex, { type Knex } from 'knex';
import { OverloadedError, UnavailableError } from '../../../engine/faults';
import type { Log } from '../../../engine/log';
import { classify, sqlState } from '../errors';

export interface ReadPoolOptions {
  readonly connectionString: string;
  /** What PostgreSQL calls its connections. */
  readonly name?: string;
  readonly connectionsMax: number;
  /** How long a read waits for a connection before it is refused. */
  readonly acquireTimeoutMs: number;
  readonly statementTimeoutMs: number;
  /** Commits are answered before they are on disk: a crash of the server may undo the last half second of them, each as a whole. */
  readonly mayBeUndone?: boolean;
}

type Bindings = Readonly<Record<string, Knex.RawBinding>>;

/**
 * The pool for reads and administration, apart from the hot path's: a caller that takes all of it slows down no other caller's
 * transfer. It writes only what operators ask for.
 */
export class ReadPool {
  readonly knex: Knex;

  constructor(
    private readonly options: ReadPoolOptions,
    log: Log,
  ) {
    // Each statement that a lost connection breaks, and each that gets none, is told to its caller as well.
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

  /** Connections that are in use, free, and waited for. */
  get use(): { readonly used: number; readonly free: number; readonly waiting: number } {
    const { pool } = this.knex.client as {
      pool: { numUsed(): number; numFree(): number; numPendingAcquires(): number };
    };
    return { used: pool.numUsed(), free: pool.numFree(), waiting: pool.numPendingAcquires() };
  }

  /** The rows of one statement, its placeholders written `:name`. */
  async rows<Row>(sql: string, bindings: Bindings): Promise<Row[]> {
    return this.asked(async () => (await this.knex.raw<{ rows: Row[] }>(sql, bindings)).rows);
  }

  /**
   * Several statements in one transaction; the rows of the last. Each sees what was committed before it began: what a statement after a
   * lock reads is no older than the lock.
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

/** `isFull`: every connection is in use, so that one which could not be had says nothing of the database. */
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

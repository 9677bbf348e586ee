import { Pool, type PoolClient, type QueryResult, type QueryResultRow, types } from 'pg';
import { UnavailableError } from '../../engine/faults';
import type { Log } from '../../engine/log';
import { classify, neverBegan, timedOut } from './errors';

/** pg returns int8 as text by default, because it may not fit a number. Ours are always bigint. */
types.setTypeParser(types.builtins.INT8, (text) => BigInt(text));

/**
 * Each connection plans a hot statement once, and that plan must stay right from an empty table to millions of rows.
 * Arrays drive these statements, so the only right plan walks the arrays and looks up each row by its key. These
 * settings switch off every other plan, which the planner could choose from the statistics of an empty table.
 */
const PINNED_PLANS = [
  'plan_cache_mode=force_generic_plan',
  'enable_seqscan=off',
  'enable_hashjoin=off',
  'enable_mergejoin=off',
  'enable_bitmapscan=off',
  'enable_material=off',
  'enable_memoize=off',
  'jit=off',
]
  .map((setting) => `-c ${setting}`)
  .join(' ');

/**
 * The lock timeout: a statement that waits longer for another session gives up, and its parts are written separately.
 */
const LOCK_TIMEOUT_MS = 1_000;

export interface HotPoolOptions {
  readonly connectionString: string;
  readonly connectionsMax: number;
  /** How long a statement waits for a connection before the database counts as away. */
  readonly connectTimeoutMs: number;
  readonly statementTimeoutMs: number;
}

/** The hot path's pool. A connection that breaks is dropped and replaced; that is logged and never fatal. */
export function createHotPool(options: HotPoolOptions, log: Log): Pool {
  const pool = new Pool({
    connectionString: options.connectionString,
    max: options.connectionsMax,
    connectionTimeoutMillis: options.connectTimeoutMs,
    idleTimeoutMillis: 30_000,
    // If the server vanished silently, the client gives up shortly after the server would have.
    query_timeout: options.statementTimeoutMs + 1_000,
    statement_timeout: options.statementTimeoutMs,
    lock_timeout: LOCK_TIMEOUT_MS,
    keepAlive: true,
    application_name: 'tandem',
    options: PINNED_PLANS,
  });
  // The pool listens to a client only while the client is idle. If a client breaks between the end of its statement and
  // its return to the pool, it has no listener, and an error without a listener ends the process.
  pool.on('connect', (client) => client.on('error', (error) => log.debug({ err: error }, 'a connection broke')));
  pool.on('error', (error) => log.warn({ err: error }, 'an idle database connection was lost'));
  return pool;
}

/** A statement that each connection prepares once, under its name. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/**
 * Runs one statement on its own connection. Rejects with UnavailableError (not started) if it gets no connection, and
 * with the statement's error if the statement fails. Returns no broken connection to the pool.
 */
export async function run<Row extends QueryResultRow>(
  pool: Pool,
  statement: Statement,
  values: readonly unknown[],
): Promise<Row[]> {
  const client = await connect(pool);
  let broken = true;
  try {
    const result: QueryResult<Row> = await client.query<Row>({ ...statement, values: [...values] });
    broken = false;
    return result.rows;
  } catch (error) {
    broken = classify(error) === 'away';
    throw error;
  } finally {
    client.release(broken);
  }
}

async function connect(pool: Pool): Promise<PoolClient> {
  try {
    return await pool.connect();
  } catch (error) {
    throw new UnavailableError('The database is away', 'not-started', { cause: error });
  }
}

/**
 * Runs one statement as {@link run} does, and rejects with UnavailableError whenever the database is away or too busy.
 * A failed read did nothing; the outcome of a failed write is unknown.
 */
export async function runAlone<Row extends QueryResultRow>(
  pool: Pool,
  statement: Statement,
  values: readonly unknown[],
  kind: 'reads' | 'writes' = 'reads',
): Promise<Row[]> {
  try {
    return await run<Row>(pool, statement, values);
  } catch (error) {
    const fault = error instanceof UnavailableError ? 'offender' : classify(error);
    if (fault === 'offender') throw error;
    if (fault === 'blocked') throw timedOut(error);
    if (fault === 'conflict')
      throw new UnavailableError('Another session wrote the same rows', 'not-started', { cause: error, away: 'lock' });
    const outcome = kind === 'reads' || neverBegan(error) ? 'not-started' : 'unknown';
    throw new UnavailableError('The database is away', outcome, { cause: error });
  }
}

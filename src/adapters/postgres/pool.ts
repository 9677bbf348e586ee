import { Pool, type PoolClient, type QueryResult, type QueryResultRow, types } from 'pg';
import { UnavailableError } from '../../engine/faults';
import type { Log } from '../../engine/log';
import { classify, neverBegan } from './errors';

/** int8 comes as text by default, because it may not fit a number; ours are bigint throughout. */
types.setTypeParser(types.builtins.INT8, (text) => BigInt(text));

/**
 * The plan of a hot statement is made once for each connection and must stay right from an empty table to millions of
 * rows. Driven by arrays, the only right shape is: walk the arrays, look each row up by its key. So whatever else the
 * planner could choose while the statistics are those of an empty table is switched off.
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

/** A statement that waits for longer than this for another session gives up, and what it carries is written apart. */
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
    // A server that vanished without a word: give up on the client's side shortly after the server would have.
    query_timeout: options.statementTimeoutMs + 1_000,
    statement_timeout: options.statementTimeoutMs,
    lock_timeout: LOCK_TIMEOUT_MS,
    keepAlive: true,
    application_name: 'tandem',
    options: PINNED_PLANS,
  });
  // The pool listens to a client only while it is idle. A client that breaks between the end of its statement and its
  // return to the pool would have no listener to tell, and an error without a listener ends the process.
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
 * Runs one statement on a connection of its own. Tells apart a connection that could not be had (UnavailableError, not
 * started) from a statement that failed, and gives no broken connection back to the pool.
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
 * Runs a statement alone: as {@link run}, with every way in which the database can be away or too busy told as
 * UnavailableError.
 * What was asked of a reading statement that failed has not happened; of one that writes, the outcome is unknown.
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
    if (fault === 'conflict' || fault === 'blocked')
      throw new UnavailableError('Lock timeout', 'not-started', { cause: error });
    const outcome = kind === 'reads' || neverBegan(error) ? 'not-started' : 'unknown';
    throw new UnavailableError('The database is away', outcome, { cause: error });
  }
}

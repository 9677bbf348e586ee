import type { BenchDatabase } from './database';

export interface StatementTime {
  readonly query: string;
  readonly calls: number;
  readonly totalMs: number;
  readonly rows: number;
}

/** Makes pg_stat_statements count, or stop counting, in every session of the server. Nested statements are not counted separately. */
export async function countStatements(database: BenchDatabase, on: boolean): Promise<void> {
  await database.query('postgres', 'create extension if not exists pg_stat_statements');
  await database.query('postgres', `alter system set pg_stat_statements.track = '${on ? 'top' : 'none'}'`);
  await database.query('postgres', 'select pg_reload_conf()');
  await database.query('postgres', 'select pg_stat_statements_reset()');
}

/** The statements of one database since the counting began, most expensive first. */
export async function statementsOf(database: BenchDatabase, name: string): Promise<StatementTime[]> {
  return database.query<StatementTime & Record<string, unknown>>(
    'postgres',
    `select regexp_replace(left(s.query, 160), '\\s+', ' ', 'g') as query, s.calls::float8 as calls,
            s.total_exec_time as "totalMs", s.rows::float8 as rows
     from pg_stat_statements s join pg_database d on d.oid = s.dbid
     where d.datname = $1
     order by s.total_exec_time desc`,
    [name],
  );
}

export interface TableWrites {
  readonly table: string;
  readonly inserted: number;
  readonly updated: number;
  /** Of the updated rows, the ones that needed no new index entries. */
  readonly hotUpdated: number;
  readonly deleted: number;
}

/** Rows written so far, by table. The counters are late: sessions report them from time to time and when they end. */
export async function writesOf(database: BenchDatabase, name: string): Promise<TableWrites[]> {
  return database.query<TableWrites & Record<string, unknown>>(
    name,
    `select schemaname || '.' || relname as table, n_tup_ins::float8 as inserted, n_tup_upd::float8 as updated,
            n_tup_hot_upd::float8 as "hotUpdated", n_tup_del::float8 as deleted
     from pg_stat_user_tables where n_tup_ins + n_tup_upd + n_tup_del > 0 order by 1`,
  );
}

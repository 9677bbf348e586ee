import { AuditDatabase } from './database';

export interface FaultInstant {
  readonly name: string;
  readonly atMs: number;
}

const PENDING = `select count(*)::int as pending from transactions
  where status in ('preparing', 'committing', 'aborting')`;

export async function pendingCount(databaseUrl: string): Promise<number> {
  return once(databaseUrl, async (database) => {
    const row = await database.snapshot((reader) => reader.row<{ pending: number }>(PENDING));
    return row.pending;
  });
}

/**
 * For each instant: milliseconds until every transaction that was pending then was final, or 0 if none was pending. An
 * authorization is pending until it is authorized, and again from its decision on. In between it waits for its client.
 */
export async function drainTimes(databaseUrl: string, instants: readonly FaultInstant[]): Promise<number[]> {
  if (instants.length === 0) return [];
  return once(databaseUrl, (database) =>
    database.snapshot(async (reader) => {
      const rows = await reader.rows<{ drain_ms: string | null }>(
        `with finished as materialized (
           select extract(epoch from case when expires_at is null then created_at else decided_at end) * 1000 as created,
                  extract(epoch from finished_at) * 1000 as finished
             from transactions where finished_at is not null
           union all
           select extract(epoch from created_at) * 1000, extract(epoch from (history -> 0 ->> 'at')::timestamptz) * 1000
             from transactions where expires_at is not null and history -> 0 ->> 'status' = 'authorized')
         select max(f.finished) - i.at as drain_ms
           from unnest($1::double precision[]) with ordinality i(at, n)
           left join finished f on f.created <= i.at and f.finished > i.at
          group by i.n, i.at order by i.n`,
        [instants.map(({ atMs }) => atMs)],
      );
      return rows.map(({ drain_ms }) => Number(drain_ms ?? 0));
    }),
  );
}

async function once<T>(databaseUrl: string, use: (database: AuditDatabase) => Promise<T>): Promise<T> {
  const database = new AuditDatabase(databaseUrl);
  try {
    return await use(database);
  } finally {
    await database.close();
  }
}

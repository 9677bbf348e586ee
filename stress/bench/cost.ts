import { cpuMs, cpuMsOfFamily } from './cpu';
import type { BenchDatabase } from './database';
import type { HttpProcess } from './processes';

/** Resources used so far: CPU milliseconds, and bytes of write-ahead log. */
export interface Used {
  readonly nodeMs: number;
  readonly postgresMs: number;
  readonly redisMs: number;
  readonly walBytes: number;
}

export async function usedSoFar(
  processes: readonly HttpProcess[],
  database: BenchDatabase,
  redisPid: number | undefined,
): Promise<Used> {
  const [row] = await database.query<{ bytes: string }>(
    'postgres',
    `select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') as bytes`,
  );
  return {
    nodeMs: processes.reduce((total, { pid }) => total + cpuMs(pid), 0),
    postgresMs: cpuMsOfFamily(database.pid),
    redisMs: redisPid === undefined ? 0 : cpuMs(redisPid),
    walBytes: Number(row?.bytes ?? 0),
  };
}

/** The resources that each of `count` transfers used between two readings. */
export function usedEach(before: Used, after: Used, count: number): Used {
  const each = (key: keyof Used): number => (count === 0 ? 0 : (after[key] - before[key]) / count);
  return {
    nodeMs: each('nodeMs'),
    postgresMs: each('postgresMs'),
    redisMs: each('redisMs'),
    walBytes: each('walBytes'),
  };
}

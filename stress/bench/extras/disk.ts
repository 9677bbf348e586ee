import { table } from '../../report/table';
import type { Bench } from '../bench';
import { runRound } from '../round';
import { serviceOf } from './serviceOf';

const MILLION = 1_000_000;
/** The minimum number of transfers. The size for a million is computed from them. */
const TRANSFERS = 50_000;
const TRANSFERS_QUICK = 10_000;
const MIB = 2 ** 20;

interface Size extends Record<string, unknown> {
  readonly name: string;
  readonly heap: number;
  readonly indexes: number;
}

/** Bytes on disk by table, indexes included. */
export async function measureDisk(bench: Bench): Promise<string> {
  const name = serviceOf(bench);
  const system = await bench.startSystem(name);
  const sizes = (): Promise<Size[]> =>
    bench.database.query<Size>(
      system.databaseName,
      `select relname as name, pg_table_size(relid)::float8 as heap, pg_indexes_size(relid)::float8 as indexes
       from pg_stat_user_tables order by pg_total_relation_size(relid) desc, relname`,
    );
  const before = new Map((await sizes()).map((size) => [size.name, size]));
  const wanted = bench.options.quick ? TRANSFERS_QUICK : TRANSFERS;
  let made = 0;
  for (let round = 0; made < wanted; round += 1) {
    const { committed } = await runRound(bench.generator, system, bench.load('uniform-64', round));
    if (committed === 0) throw new Error('no transfer was made');
    made += committed;
  }
  const each = (bytes: number): number => (bytes * MILLION) / made / MIB;
  const grown = (await sizes()).map((after) => {
    const then = before.get(after.name);
    return {
      name: after.name,
      heap: each(after.heap - (then?.heap ?? 0)),
      indexes: each(after.indexes - (then?.indexes ?? 0)),
    };
  });
  await system.stop();
  const all = { name: 'all', heap: sum(grown, 'heap'), indexes: sum(grown, 'indexes') };
  const rows = [...grown.filter(({ heap, indexes }) => heap + indexes >= 0.5), all].map(
    ({ name: of, heap, indexes }) => [of, heap.toFixed(0), indexes.toFixed(0), (heap + indexes).toFixed(0)],
  );
  return [
    `### Disk (${name})`,
    table(['table', 'MiB of a million transfers', 'its indexes', 'both'], rows),
    `Computed from ${made} transfers of one posting, measured; before anything is pruned, without the write-ahead log.`,
  ].join('\n\n');
}

function sum(sizes: readonly { readonly heap: number; readonly indexes: number }[], key: 'heap' | 'indexes'): number {
  return sizes.reduce((total, size) => total + size[key], 0);
}

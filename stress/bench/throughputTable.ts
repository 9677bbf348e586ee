import { table } from '../report/table';
import { LOAD_NAMES, SYSTEM_TITLES, TARGETS } from './cells';
import type { CellSummary } from './throughput';

/** Markdown: one row for each load and system. */
export function throughputTable(cells: readonly CellSummary[]): string {
  const rows = LOAD_NAMES.flatMap((load) => cells.filter((cell) => cell.load === load)).map(rowOf);
  return table(
    [
      'load',
      'system',
      'transfers/s',
      'p50 ms',
      'p99 ms',
      'ratio',
      'target',
      'CPU ms: node',
      'PostgreSQL',
      'Redis',
      'WAL KiB',
      'rounds',
    ],
    rows,
  );
}

function rowOf({ system, load, rate, p50Ms, p99Ms, ratio, rates, used }: CellSummary): string[] {
  return [
    load,
    SYSTEM_TITLES[system],
    rate.toFixed(0),
    p50Ms.toFixed(1),
    p99Ms.toFixed(1),
    ratio === undefined ? '' : ratio.toFixed(2),
    system === 'baseline' ? '' : String(TARGETS[system][load]),
    used.nodeMs.toFixed(2),
    used.postgresMs.toFixed(2),
    used.redisMs.toFixed(2),
    (used.walBytes / 1024).toFixed(1),
    rates.map((each) => each.toFixed(0)).join(' '),
  ];
}

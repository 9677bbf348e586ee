import { MATRIX_FAULTS, WINDOWS } from '../matrix/cell';
import type { SuiteResult } from './suiteResult';
import { table } from './table';

/** One row for each crash point of each path that has it, and one column for each fault. A cell says how the transaction ended. */
export function matrixTable({ matrix }: SuiteResult): string {
  if (matrix.length === 0) return 'Not run.';
  const rows = WINDOWS.map(({ point, path }) => [
    point,
    path,
    ...MATRIX_FAULTS.map((fault) => {
      const cells = matrix.filter((cell) => cell.point === point && cell.path === path && cell.fault === fault);
      return cells.length === 0 ? 'EMPTY' : cells.map(describe).join('; ');
    }),
  ]);
  const note =
    'A cell: how the transfer ended and how long after the fault it was final, on each queue backend. Then the client ' +
    'repeats its request with the same key, and the database is audited. The crash points that the shared path does not have ' +
    'are inside of one of its statements.';
  return `${table(['crash point', 'path', ...MATRIX_FAULTS], rows)}\n\n${note}`;
}

function describe(cell: SuiteResult['matrix'][number]): string {
  if (!cell.reached) return `${cell.backend}: NOT REACHED`;
  const sound = cell.violations.length === 0 ? '' : `, ${cell.violations.length} VIOLATIONS`;
  return `${cell.backend}: ${cell.ended} in ${cell.finalAfterMs} ms${sound}`;
}

import { MATRIX_FAULTS, type Way, WINDOWS } from '../matrix/cell';
import type { SuiteResult } from './suiteResult';
import { table } from './table';

const TITLES: Readonly<Record<Way, string>> = {
  statement: 'with as few statements as possible',
  steps: 'step by step',
};

/** One row for each crash point of each way that has it, and one column for each fault. A cell says how the transaction ended. */
export function matrixTable({ matrix }: SuiteResult): string {
  if (matrix.length === 0) return 'Not run.';
  const rows = WINDOWS.map(({ point, way }) => [
    point,
    TITLES[way],
    ...MATRIX_FAULTS.map((fault) => {
      const cells = matrix.filter((cell) => cell.point === point && cell.way === way && cell.fault === fault);
      return cells.length === 0 ? 'EMPTY' : cells.map(describe).join('; ');
    }),
  ]);
  const note =
    'A cell: how the transfer ended and how long after the fault it was final, on each queue backend. Then the client ' +
    'repeats its request with the same key, and the database is audited. A crash point that is there only step by step ' +
    'is otherwise inside of a statement.';
  return `${table(['crash point', 'carried out', ...MATRIX_FAULTS], rows)}\n\n${note}`;
}

function describe(cell: SuiteResult['matrix'][number]): string {
  if (!cell.reached) return `${cell.backend}: NOT REACHED`;
  const sound = cell.violations.length === 0 ? '' : `, ${cell.violations.length} VIOLATIONS`;
  return `${cell.backend}: ${cell.ended} in ${cell.finalAfterMs} ms${sound}`;
}

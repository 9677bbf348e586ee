import { INVARIANTS, type Invariant } from '../base/invariants';
import type { SuiteResult } from './suiteResult';
import { table } from './table';

/** Every invariant, with the number of its evaluations. A check that never ran proves nothing. */
export function invariantTable({ runs, matrix }: SuiteResult): string {
  const names = Object.keys(INVARIANTS) as Invariant[];
  const rows = names.map((name) => {
    const evaluated =
      runs.reduce((sum, run) => sum + run.evaluations[name], 0) +
      matrix.reduce((sum, cell) => sum + cell.evaluations[name], 0);
    const violated =
      runs.reduce((sum, run) => sum + run.violations.filter(({ invariant }) => invariant === name).length, 0) +
      matrix.reduce((sum, cell) => sum + cell.violations.filter(({ invariant }) => invariant === name).length, 0);
    return [INVARIANTS[name], evaluated, violated];
  });
  const snapshots = runs.reduce((sum, run) => sum + run.snapshots, 0);
  const missed = runs.reduce((sum, run) => sum + run.snapshotsMissed, 0);
  const note =
    `Evaluated in ${snapshots} repeatable-read snapshots during the runs (${missed} more were cut off by a fault) and once ` +
    'at rest, where every account, journal row and operation is compared.';
  return `${table(['invariant', 'evaluations', 'violations'], rows)}\n\n${note}`;
}

export function violationList({ runs, matrix }: SuiteResult): string {
  const lines = [
    ...runs.flatMap(({ seed, backend, violations }) =>
      violations.map(
        ({ invariant, detail, atMs }) => `- seed ${seed} on ${backend}, ${atMs} ms: ${invariant}: ${detail}`,
      ),
    ),
    ...matrix.flatMap(({ point, way, fault, violations }) =>
      violations.map(({ invariant, detail }) => `- ${point} (${way}) x ${fault}: ${invariant}: ${detail}`),
    ),
  ];
  return lines.length === 0 ? '' : `### Violations\n\n${lines.slice(0, 100).join('\n')}`;
}

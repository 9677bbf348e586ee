import { INVARIANTS } from '../base/invariants';
import type { PlantedResult } from '../planted/search';
import { table } from './table';

/** The result of the searches for planted bugs. They show that the checker can find mistakes. */
export function plantedTable(planted: readonly PlantedResult[]): string {
  if (planted.length === 0) return 'Not run.';
  const found = planted.filter(({ found }) => found).length;
  const rows = planted.map(({ bug, what, found, seconds, violation }) => [
    bug,
    what,
    found ? `found in ${seconds.toFixed(1)} s` : `NOT FOUND in ${seconds.toFixed(1)} s`,
    violation ? `${INVARIANTS[violation.invariant]}: \`${violation.detail.slice(0, 160)}\`` : '-',
  ]);
  return `${found} of ${planted.length} planted bugs found.\n\n${table(['bug', 'what was broken', 'result', 'found by'], rows)}`;
}

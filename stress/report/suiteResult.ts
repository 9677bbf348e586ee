import type { MarketResult } from '../elsewhere/runMarket';
import type { CellResult } from '../matrix/cell';
import type { PlantedResult } from '../planted/search';
import type { RunResult } from '../scenario/result';
import { targetsOf } from './targets';

/** The results of one command: runs of one service and of several, cells of the crash-point matrix, and searches for planted bugs. */
export interface SuiteResult {
  readonly command: string;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly machine: string;
  /** What else a reader must know: what was left out, and why. */
  readonly verdictNote: string;
  readonly runs: readonly RunResult[];
  readonly elsewhere: readonly MarketResult[];
  readonly matrix: readonly CellResult[];
  readonly planted: readonly PlantedResult[];
}

export interface Verdict {
  readonly passed: boolean;
  readonly headline: string;
}

/** Sound when nothing was violated, every cell was reached, every bug was found and every target was met. */
export function verdictOf({ runs, elsewhere, matrix, planted }: SuiteResult): Verdict {
  const violations =
    runs.reduce((sum, run) => sum + run.violationCount, 0) +
    elsewhere.reduce((sum, market) => sum + market.violations.length, 0) +
    matrix.reduce((sum, cell) => sum + cell.violations.length, 0);
  const notReached = matrix.filter(({ reached }) => !reached).length;
  const missed = planted.filter(({ found }) => !found).length;
  const facts = [`${violations} violations`];
  if (notReached > 0) facts.push(`${notReached} crash-point cells not reached`);
  if (missed > 0) facts.push(`${missed} planted bugs not found`);
  const slow = targetsOf(runs).filter(({ met }) => met === false).length;
  if (slow > 0) facts.push(`${slow} targets of recovery missed`);
  const passed = violations === 0 && notReached === 0 && missed === 0 && slow === 0;
  return { passed, headline: `${passed ? 'passed' : 'FAILED'}, ${facts.join(', ')}` };
}

import { Tally } from '../base/tally';
import type { RunResult } from '../scenario/result';

export function merged(runs: readonly RunResult[], of: (run: RunResult) => Tally): Tally {
  const all = new Tally();
  for (const run of runs) all.addAll(of(run));
  return all;
}

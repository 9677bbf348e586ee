import type { Violation } from '../base/invariants';
import { completeOptions, type StressOptions } from '../scenario/options';
import { type ProgressWatcher, runScenario } from '../scenario/runScenario';
import { BUGS, EAGER_READERS, MANY_STATEMENTS } from './bugs';

export interface PlantedResult {
  readonly bug: string;
  readonly what: string;
  readonly found: boolean;
  /** Seconds from the start of the load to the first violation, or to the end of the search. */
  readonly seconds: number;
  readonly violation: Violation | undefined;
}

/** The search must find a bug within this many seconds of load. */
const SEARCH_SECONDS = 45;
/** Longer than a sound service needs to finish the work of a killed process. */
const STUCK_AFTER_MS = 12_000;

/**
 * The search without a bug, for each way to carry out transfers. It shows that what a search finds with a bug is no false
 * alarm, so it has all that makes bugs show soon.
 */
export function controlOptions(backend: 'redis' | 'postgres', way: 'steps' | 'both'): StressOptions {
  return {
    ...searchOptions(`control ${way}`, backend, 'none,kill=20,duplicate=60,bomb=10'),
    way,
    settings: MANY_STATEMENTS,
    eagerReaders: EAGER_READERS,
    lateCommits: true,
  };
}

function searchOptions(seed: string, backend: 'redis' | 'postgres', faults: string): StressOptions {
  return completeOptions({
    seconds: SEARCH_SECONDS,
    seed,
    accounts: 100,
    hot: 5,
    backend,
    // Most mistakes show when two drivers drive one transaction at the same time.
    runners: 'all',
    faults,
  });
}

/** Runs the bank with a bug planted into every process until an invariant is violated. */
export async function searchBug(
  name: string,
  backend: 'redis' | 'postgres',
  signal: AbortSignal,
  watcher: ProgressWatcher,
): Promise<PlantedResult> {
  const bug = BUGS[name];
  if (!bug) throw new Error(`There is no bug called ${name}`);
  const options = searchOptions(`bug ${name}`, backend, bug.faults);
  const result = await runScenario(
    {
      ...options,
      bug: name,
      ...(bug.settings && { settings: bug.settings }),
      ...(bug.eagerReaders !== undefined && { eagerReaders: bug.eagerReaders }),
      ...(bug.lateCommits !== undefined && { lateCommits: bug.lateCommits }),
      stuckAfterMs: STUCK_AFTER_MS,
      untilViolation: true,
    },
    signal,
    watcher,
  );
  const expected = options.processes * bug.patches.length;
  if (result.counters.of('bugs planted') < expected) throw new Error(`bug ${name} was not planted`);
  const [violation] = result.violations;
  const seconds = violation ? violation.atMs / 1000 : result.loadSeconds;
  return { bug: name, what: bug.what, found: violation !== undefined, seconds, violation };
}

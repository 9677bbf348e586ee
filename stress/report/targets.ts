import { SampleSet } from '../base/samples';
import type { RunResult } from './../scenario/result';
import { ms, table } from './table';

interface Target {
  readonly what: string;
  readonly of: (run: RunResult) => SampleSet;
  readonly p99MsMax: number;
}

/** Targets for a process that was killed while no far-reaching fault was active. */
const TARGETS: readonly Target[] = [
  { what: 'a new process commits its first transfer', of: (run) => run.recovery, p99MsMax: 3000 },
  { what: 'what the killed one left is final', of: (run) => run.drain, p99MsMax: 10_000 },
];
/** With fewer kills, the 99th percentile is only the slowest one or two. */
const KILLS_MIN = 200;

export interface TargetResult {
  readonly what: string;
  readonly p99MsMax: number;
  readonly p99Ms: number;
  readonly kills: number;
  /** Undefined when there were too few kills. */
  readonly met: boolean | undefined;
}

/** Compares how soon the service recovers from a kill with the promised times. */
export function targetsOf(runs: readonly RunResult[]): TargetResult[] {
  return TARGETS.map(({ what, of, p99MsMax }) => {
    const all = new SampleSet();
    for (const run of runs) all.addAll(of(run));
    const { count = 0, p99 = 0 } = all.byName.get('kill')?.summary() ?? {};
    return { what, p99MsMax, p99Ms: p99, kills: count, met: count < KILLS_MIN ? undefined : p99 <= p99MsMax };
  });
}

export function targetTable(runs: readonly RunResult[]): string {
  const rows = targetsOf(runs).map(({ what, p99MsMax, p99Ms, kills, met }) => [
    what,
    kills,
    `${p99MsMax} ms`,
    `${ms(p99Ms)} ms`,
    met === undefined ? 'too few kills to say' : met ? 'met' : 'MISSED',
  ]);
  return table(['after a kill', 'kills', 'p99 at most', 'p99', 'target'], rows);
}

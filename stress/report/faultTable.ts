import { SampleSet, type Samples, withOthers } from '../base/samples';
import { FAULT_KINDS, faultKinds } from '../faults/kinds';
import type { RunResult } from '../scenario/result';
import { merged } from './merged';
import { ms, table } from './table';

const STATUSES = ['preparing', 'committing', 'aborting'];

/** Faults by kind: the count, the unfinished transactions that they met, recovery and drain. */
export function faultTable(runs: readonly RunResult[]): string {
  const faults = merged(runs, (run) => run.faults);
  const met = merged(runs, (run) => run.met);
  const recovery = new SampleSet();
  const drain = new SampleSet();
  for (const run of runs) {
    recovery.addAll(run.recovery);
    drain.addAll(run.drain);
  }
  const rows = faultKinds().map((kind) => [
    `${kind}: ${FAULT_KINDS[kind]}`,
    faults.of(kind),
    ...STATUSES.map((status) => met.of(`${kind}, ${status}`)),
    ...percentiles(recovery.byName.get(kind)),
    ...percentiles(recovery.byName.get(withOthers(kind))),
    ...percentiles(drain.byName.get(kind)),
    ...percentiles(drain.byName.get(withOthers(kind))),
  ]);
  const head = [
    'fault',
    'times',
    ...STATUSES.map((status) => `met ${status}`),
    'first commit n',
    'p50 ms',
    'p99 ms',
    'max ms',
    'first commit, with other faults n',
    'p50 ms',
    'p99 ms',
    'max ms',
    'final n',
    'p50 ms',
    'p99 ms',
    'max ms',
    'final, with other faults n',
    'p50 ms',
    'p99 ms',
    'max ms',
  ];
  return [table(head, rows), legend(runs), otherCounts(runs)].join('\n\n');
}

function legend(runs: readonly RunResult[]): string {
  const oldest = Math.max(0, ...runs.map((run) => run.oldestPendingMs));
  const finalAfter = Math.max(0, ...runs.map((run) => run.finalAfterMs));
  return (
    '"met": unfinished transactions in the moment of the fault. "first commit": from the start of the new process, ' +
    'the return of the server or SIGCONT to the first commit of a transfer sent to that process afterwards. "final": from ' +
    'the fault until every transaction that was pending in that moment was final; both apart where ' +
    `another far-reaching fault (pause, cut, PostgreSQL, Redis) fell into the same seconds. Oldest unfinished transaction seen in any snapshot: ${ms(oldest)} ms. After the ` +
    `end of load and faults everything was final and known within ${ms(finalAfter)} ms. Manual repairs: 0 (the harness has none).`
  );
}

function otherCounts(runs: readonly RunResult[]): string {
  const rows = [
    ...merged(runs, (run) => run.kills).entries(),
    ...merged(runs, (run) => run.bombs)
      .entries()
      .map(([point, count]) => [`SIGKILL at crash point ${point}`, count] as const),
    ...merged(runs, (run) => run.counters).entries(),
  ];
  return table(['what happened to processes', 'times'], rows);
}

function percentiles(samples: Samples | undefined): string[] {
  if (!samples) return ['-', '-', '-', '-'];
  const { count, p50, p99, max } = samples.summary();
  return [String(count), ms(p50), ms(p99), ms(max)];
}

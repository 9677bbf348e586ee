import { Samples } from '../base/samples';
import type { RunResult } from '../scenario/result';
import { merged } from './merged';
import { ms, table } from './table';

const EXPIRED = 'answered 410';

/** What the readers of the feed did during all faults, and how long a change took to reach them. */
export function eventTable(runs: readonly RunResult[]): string {
  const counters = merged(runs, (run) => run.feed);
  const rows = counters.entries().filter(([name]) => name !== EXPIRED);
  const lag = new Samples();
  for (const run of runs) lag.addAll(run.feedLag);
  const { count, p50, p99, max } = lag.summary();
  const note =
    'Two readers follow `GET /events` from its beginning through every fault, one by pages and one by stream; each must be told every ' +
    `change. From a change to the first of them, outages included: p50 ${ms(p50)} ms, p99 ${ms(p99)} ms, at most ${ms(max)} ms, ${count} changes.`;
  const all = [...rows.toSorted(([a], [b]) => (a < b ? -1 : 1)), [EXPIRED, counters.of(EXPIRED)] as const];
  return `${table(['feed', 'times'], all)}\n\n${note}`;
}

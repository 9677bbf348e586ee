import { SampleSet } from '../base/samples';
import type { RunResult } from '../scenario/result';
import { elsewhereTable } from './elsewhereTable';
import { eventTable } from './eventTable';
import { faultTable } from './faultTable';
import { invariantTable, violationList } from './invariantTable';
import { matrixTable } from './matrixTable';
import { merged } from './merged';
import { plantedTable } from './plantedTable';
import { type SuiteResult, verdictOf } from './suiteResult';
import { table } from './table';
import { targetTable } from './targets';

/** The ends in which money moved. */
const MOVED = ['applied', 'captured in full', 'captured in part'];

/** The report on one page: what was done, how many times each check ran, and what was found. */
export function render(suite: SuiteResult): string {
  const sections = [
    `# Stress report: ${verdictOf(suite).headline}`,
    suite.verdictNote,
    ...(suite.runs.length > 0 ? runSections(suite.runs) : []),
    ...(suite.elsewhere.length > 0
      ? ['## Transfers whose parts lie in several services', elsewhereTable(suite.elsewhere)]
      : []),
    '## Crash points',
    matrixTable(suite),
    '## Invariants',
    invariantTable(suite),
    violationList(suite),
    '## Checker power',
    plantedTable(suite.planted),
    '## How it was obtained',
    provenance(suite),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

function runSections(runs: readonly RunResult[]): string[] {
  return [
    '## Runs',
    runTable(runs),
    '## Operations',
    operationTable(runs),
    '## Outcomes the client did not know at first',
    unknownTable(runs),
    '## Faults, what they met and how long the service needed',
    targetTable(runs),
    faultTable(runs),
    '## The feed',
    eventTable(runs),
    '## Throughput and latency',
    latencyTable(runs),
  ];
}

function runTable(runs: readonly RunResult[]): string {
  const row = (run: RunResult): (string | number)[] => [
    run.seed,
    run.scenario,
    run.backend,
    `${run.loadSeconds.toFixed(0)}${run.endedEarly ? ' (ended early)' : ''}`,
    run.sent.of('transfer'),
    committedOf(run),
    run.kills.total(),
    run.faults.total(),
    run.snapshots,
    run.unresolved,
    run.stuck,
    run.violationCount,
    run.scheduleDigest,
  ];
  const total = (of: (run: RunResult) => number): number => runs.reduce((sum, run) => sum + of(run), 0);
  const sums = [
    'all',
    '',
    '',
    total((run) => run.loadSeconds).toFixed(0),
    total((run) => run.sent.of('transfer')),
    total((run) => committedOf(run)),
    total((run) => run.kills.total()),
    total((run) => run.faults.total()),
    total((run) => run.snapshots),
    total((run) => run.unresolved),
    total((run) => run.stuck),
    total((run) => run.violationCount),
    '',
  ];
  const head = [
    'seed',
    'scenario',
    'queue on',
    'seconds',
    'transfers',
    'committed',
    'SIGKILLs',
    'faults',
    'snapshots',
    'unresolved',
    'stuck',
    'violations',
    'schedule',
  ];
  return table(head, runs.length > 1 ? [...runs.map(row), sums] : runs.map(row));
}

function committedOf({ ended }: RunResult): number {
  return MOVED.reduce((sum, end) => sum + ended.of(`transfer ${end}`), 0);
}

function operationTable(runs: readonly RunResult[]): string {
  const sent = merged(runs, (run) => run.sent);
  const ended = merged(runs, (run) => run.ended);
  const extra = merged(runs, (run) => run.extraDeliveries);
  const rows = [
    ...sent.entries().map(([name, count]) => [`${name}: attempted`, count]),
    ...ended.entries().map(([name, count]) => [name.replace(' ', ': '), count]),
    ...extra.entries().map(([name, count]) => [`extra deliveries: ${name}`, count]),
  ];
  const accounts = runs.map(({ accounts }) => accounts);
  const all = accounts.reduce((sum, { all }) => sum + all, 0);
  const both = accounts.map(({ sent, received }) => [sent, received] as const);
  rows.push(['accounts over all runs', all]);
  rows.push(['of them sent money', both.reduce((sum, [senders]) => sum + senders, 0)]);
  rows.push(['of them received money', both.reduce((sum, [, receivers]) => sum + receivers, 0)]);
  return table(['operation', 'count'], rows);
}

function unknownTable(runs: readonly RunResult[]): string {
  const causes = merged(runs, (run) => run.unknownByCause);
  const ends = merged(runs, (run) => run.unknownEndedAs);
  const rows = [
    ...causes.entries().map(([cause, count]) => [`calls without a known outcome: ${cause}`, count]),
    ...ends.entries().map(([end, count]) => [`ended as ${end}`, count]),
    ['never resolved', runs.reduce((sum, run) => sum + run.unresolved, 0)],
  ];
  return table(['outcome', 'calls'], rows);
}

function latencyTable(runs: readonly RunResult[]): string {
  const latency = new SampleSet();
  for (const run of runs) latency.addAll(run.latency);
  const phases = [...new Set(runs.flatMap((run) => Object.keys(run.phases)))];
  const rows = phases.map((phase) => {
    const seconds = runs.reduce((sum, run) => sum + (run.phases[phase]?.seconds ?? 0), 0);
    const transfers = runs.reduce((sum, run) => sum + (run.phases[phase]?.transfers ?? 0), 0);
    const { p50, p99, max } = latency.byName.get(`transfer, ${phase}`)?.summary() ?? { p50: 0, p99: 0, max: 0 };
    return [phase, seconds.toFixed(0), transfers, seconds > 0 ? (transfers / seconds).toFixed(0) : '-', p50, p99, max];
  });
  const head = ['phase', 'seconds', 'committed transfers', 'per second', 'p50 ms', 'p99 ms', 'max ms'];
  const note =
    'Latency is from the first sending until the client knows, repetitions and waiting for a process included. The ' +
    'harness, the service processes, PostgreSQL, Redis and the continuous audit share one machine.';
  return `${table(head, rows)}\n\n${note}`;
}

function provenance(suite: SuiteResult): string {
  const settings = new Set(suite.runs.map((run) => `- ${run.scenario} on ${run.backend}: ${run.settings}`));
  const versions = Object.entries(suite.runs[0]?.versions ?? {}).map(([name, version]) => `${name} ${version}`);
  return [
    `- command: \`${suite.command}\``,
    `- from ${suite.startedAt} to ${suite.endedAt}`,
    `- machine: ${suite.machine}`,
    `- versions: ${versions.join(', ')}`,
    ...settings,
  ].join('\n');
}

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { drainTimes } from '../audit/pending';
import { SampleSet, withOthers } from '../base/samples';
import { Tally } from '../base/tally';
import { FAR_REACHING, type FaultHappened } from '../faults/faultRunner';
import type { Recovered } from '../faults/recovery';
import { scheduleDigest } from '../faults/schedule';
import { isMoved } from '../workload/outcome';
import { ALONE, BESIDE, type Run } from './prepareRun';
import type { RunResult } from './result';

/** A fault that is alone in this window shows the cost of its kind. Other faults are counted separately. */
const ALONE_MS = 3000;
/** The task of a fault and its runner both report its end, at most this far apart. */
const OWN_MS = 250;

/** Combines what the parts of a run have counted. */
export async function collect(run: Run, endedEarly: boolean): Promise<RunResult> {
  const { options, model, findings, supervisor, auditor, feed, faults, clock, schedule, world } = run;
  const { scenario, backend, seed } = options;
  const counted = new Tally();
  for (const { kind } of faults.happened) counted.add(kind);
  for (const [kind, times] of faults.skipped.entries()) {
    supervisor.counters.add(`skipped ${kind}: the process had two faults before it already`, times);
  }
  // Inserts that PostgreSQL refused because another process had written the account. The service repeated those
  // statements.
  const lost = world.postgres.logged('duplicate key value violates unique constraint "journal_pkey"').length;
  supervisor.counters.add('statements that met another process on an account', lost);
  return {
    scenario,
    backend,
    seed,
    settings: settingsOf(run),
    scheduleDigest: scheduleDigest(schedule),
    startedAt: new Date(clock.startMs).toISOString(),
    loadSeconds: (clock.endMs - clock.startMs) / 1000,
    endedEarly,
    sent: model.sent,
    ended: model.ended,
    extraDeliveries: model.extraDeliveries,
    unknownByCause: model.unknownByCause,
    unknownEndedAs: model.unknownEndedAs,
    unresolved: model.unresolved().length,
    stuck: findings.violations.filter(({ invariant }) => invariant === 'live').length,
    faults: counted,
    kills: supervisor.kills,
    bombs: supervisor.bombsExploded,
    counters: supervisor.counters,
    met: faults.met,
    recovery: recoveries(supervisor.recovery.recovered, faults.happened),
    drain: await drains(world.postgres.url('stress', 'stress-audit'), faults.happened),
    oldestPendingMs: auditor.oldestPendingMs,
    finalAfterMs: Math.max(0, clock.finalMs - clock.endMs),
    latency: model.latency,
    phases: phasesOf(run),
    accounts: participation(run),
    feed: feed.facts.counters,
    feedLag: feed.facts.lag,
    snapshots: auditor.snapshots,
    snapshotsMissed: auditor.missed,
    evaluations: findings.evaluations(),
    violationCount: findings.violationCount,
    violations: findings.violations,
    versions: await versionsOf(run),
  };
}

/**
 * Recovery times, by fault. A process that starts while the database is away recovers when the database does, so its
 * time does not measure its own fault.
 */
function recoveries(recovered: readonly Recovered[], happened: readonly FaultHappened[]): SampleSet {
  const set = new SampleSet();
  for (const { fault, fromMs, tookMs } of recovered) {
    // A fault whose end starts the measurement was active until then. It is not another fault.
    const isOwn = (other: FaultHappened): boolean => other.kind === fault && Math.abs(other.untilMs - fromMs) < OWN_MS;
    const alone = happened.every((other) => isOwn(other) || !reachesInto(other, { fromMs, untilMs: fromMs + tookMs }));
    set.add(alone ? fault : withOthers(fault), tookMs);
  }
  return set;
}

async function drains(databaseUrl: string, happened: readonly FaultHappened[]): Promise<SampleSet> {
  const set = new SampleSet();
  const times = await drainTimes(
    databaseUrl,
    happened.map(({ kind, fromMs }) => ({ name: kind, atMs: fromMs })),
  );
  happened.forEach((fault, index) => {
    const alone = happened.every(
      (other) => other === fault || !reachesInto(other, { fromMs: fault.fromMs, untilMs: fault.untilMs + ALONE_MS }),
    );
    set.add(alone ? fault.kind : withOthers(fault.kind), times[index] ?? 0);
  });
  return set;
}

/** Kills come every second or two. Only a far-reaching fault distorts the measurement of another fault. */
function reachesInto(other: FaultHappened, { fromMs, untilMs }: { fromMs: number; untilMs: number }): boolean {
  return FAR_REACHING.includes(other.kind) && other.fromMs < untilMs && other.untilMs + ALONE_MS > fromMs;
}

function settingsOf({ options }: Run): string {
  const { processes, runners, peers, way, drive, penniless, accounts, hot, clients, seconds, calmMs, pauseMs, rates } =
    options;
  const perMinute = Object.entries(rates).map(([kind, rate]) => `${kind}=${rate}`);
  return (
    `${seconds} s of load (the first ${calmMs / 1000} without faults), ${processes} processes (jobs run by ${runners}, peers ${peers}; way ${way}, drive ${drive}), ${accounts} accounts (${hot} hot), ${clients} clients and ${penniless} of payers without money, ` +
    `pauses of ${pauseMs} ms, faults per minute: ${perMinute.join(',') || 'none'}`
  );
}

function phasesOf({ model, clock }: Run): RunResult['phases'] {
  const transfers = (phase: string): number =>
    (model.latency.byName.get(`transfer, ${phase}`)?.summary().count ?? 0) + model.captured.of(phase);
  const calmEndMs = Math.min(clock.faultsMs, clock.endMs);
  const calmSeconds = (calmEndMs - clock.startMs) / 1000;
  return {
    [ALONE]: { seconds: calmSeconds / 2, transfers: transfers(ALONE) },
    [BESIDE]: { seconds: calmSeconds / 2, transfers: transfers(BESIDE) },
    'with faults': { seconds: Math.max(0, clock.endMs - calmEndMs) / 1000, transfers: transfers('with faults') },
  };
}

function participation({ model, generator }: Run): RunResult['accounts'] {
  const sent = new Set<string>();
  const received = new Set<string>();
  for (const { operation, outcome } of model.records.values()) {
    if (operation.kind !== 'transfer' || !outcome || !isMoved(outcome)) continue;
    for (const { origin, destination } of operation.postings) {
      sent.add(origin);
      received.add(destination);
    }
  }
  return { all: generator.accounts.length, sent: sent.size, received: received.size };
}

async function versionsOf({ world }: Run): Promise<Record<string, string>> {
  const [row] = await world.postgres.query('postgres', `select current_setting('server_version') as version`);
  const version = (name: string): string => {
    const file = createRequire(__filename).resolve(`${name}/package.json`);
    return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
  };
  return {
    PostgreSQL: String(row?.['version']),
    Node: process.versions.node,
    BullMQ: version('bullmq'),
    pg: version('pg'),
    express: version('express'),
  };
}

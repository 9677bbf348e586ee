import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { drainTimes } from '../audit/pending';
import type { FaultHappened } from '../faults/faultRunner';
import { scheduleDigest } from '../faults/schedule';
import type { Run } from '../scenario';
import type { RunResult } from './result';
import { SampleSet } from './samples';
import { Tally } from './tally';

/** A fault alone in this window tells what that kind of fault costs; the others are counted apart. */
const ALONE_MS = 3000;

/** Puts together what the parts of a run have counted. */
export async function collect(run: Run, endedEarly: boolean): Promise<RunResult> {
  const { options, model, findings, supervisor, auditor, faults, clock, schedule, world } = run;
  const { scenario, backend, seed } = options;
  const counted = new Tally();
  for (const { kind } of faults.happened) counted.add(kind);
  for (const [kind, times] of faults.skipped.entries()) {
    supervisor.counters.add(`skipped ${kind}: the process had two faults before it already`, times);
  }
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
    recovery: supervisor.recovery.samples,
    drain: await drains(world.postgres.url('stress', 'stress-audit'), faults.happened),
    oldestPendingMs: auditor.oldestPendingMs,
    settledAfterMs: Math.max(0, clock.settledMs - clock.endMs),
    latency: model.latency,
    phases: phasesOf(run),
    accounts: participation(run),
    snapshots: auditor.snapshots,
    snapshotsMissed: auditor.missed,
    evaluations: findings.evaluations(),
    violationCount: findings.violationCount,
    violations: findings.violations,
    versions: await versionsOf(run),
  };
}

async function drains(databaseUrl: string, happened: readonly FaultHappened[]): Promise<SampleSet> {
  const set = new SampleSet();
  const times = await drainTimes(
    databaseUrl,
    happened.map(({ kind, fromMs }) => ({ name: kind, atMs: fromMs })),
  );
  happened.forEach((fault, index) => {
    const alone = happened.every((other) => other === fault || !overlaps(fault, other));
    set.add(alone ? fault.kind : `${fault.kind}, others at the same time`, times[index] ?? 0);
  });
  return set;
}

/** Kills come every second or two: only what reaches farther spoils the measure of another fault. */
function overlaps(fault: FaultHappened, other: FaultHappened): boolean {
  if (other.kind === 'duplicate' || other.kind === 'term') return false;
  if (['kill', 'bomb'].includes(other.kind)) return false;
  return other.fromMs < fault.untilMs + ALONE_MS && other.untilMs + ALONE_MS > fault.fromMs;
}

function settingsOf({ options }: Run): string {
  const { processes, accounts, hot, clients, seconds, calmMs, pauseMs, rates } = options;
  const perMinute = Object.entries(rates).map(([kind, rate]) => `${kind}=${rate}`);
  return (
    `${seconds} s of load (the first ${calmMs / 1000} without faults), ${processes} processes, ${accounts} accounts (${hot} hot), ${clients} clients, ` +
    `pauses of ${pauseMs} ms, faults per minute: ${perMinute.join(',') || 'none'}`
  );
}

function phasesOf({ model, clock }: Run): RunResult['phases'] {
  const transfers = (phase: string): number => model.latency.byName.get(`transfer, ${phase}`)?.summary().count ?? 0;
  const calmEndMs = Math.min(clock.faultsMs, clock.endMs);
  return {
    'without faults': { seconds: (calmEndMs - clock.startMs) / 1000, transfers: transfers('without faults') },
    'with faults': { seconds: Math.max(0, clock.endMs - calmEndMs) / 1000, transfers: transfers('with faults') },
  };
}

function participation({ model, generator }: Run): RunResult['accounts'] {
  const sent = new Set<string>();
  const received = new Set<string>();
  for (const { operation, outcome } of model.records.values()) {
    if (operation.kind !== 'transfer' || outcome?.kind !== 'applied') continue;
    sent.add(operation.origin);
    received.add(operation.destination);
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

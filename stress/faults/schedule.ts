import { createHash } from 'node:crypto';
import { CRASH_POINTS } from '../../src/engine/crashPoint';
import type { Bomb } from '../../test/kit/serviceProcess';
import { LOCKED_TABLES, type LockedTable } from '../../test/kit/sessions';
import type { Random } from '../base/random';
import { type FaultKind, type FaultRates, faultKinds, hitsOneProcess, isOnce } from './kinds';

export interface ScheduledFault {
  /** Milliseconds from the start of the load. */
  readonly atMs: number;
  readonly kind: FaultKind;
  /** The index of the process that is hit; undefined for a server that all processes share. */
  readonly process?: number;
  /** How long a pause or an outage lasts. */
  readonly lastsMs: number;
  readonly bomb?: Bomb;
  /** The table in which the fault locks a row. */
  readonly table?: LockedTable;
  /** Kills the process in any state, even while it starts. If false, waits until it is ready. */
  readonly anyTime?: boolean;
}

/** Longer than every timeout of the service. */
export const ROW_LOCK_MS = 25_000;
/** Faults that last two to six seconds. */
const SECONDS_LONG: readonly FaultKind[] = ['pg-crowd', 'pg-disk', 'redis-freeze', 'redis-full', 'redis-readonly'];
/** Some stalls last longer than the service's statement timeout. */
export const STALL_MAX_MS = 12_500;

export interface ScheduleOptions {
  readonly rates: FaultRates;
  /** No faults happen before this time. The run measures the undisturbed service until then. */
  readonly calmMs: number;
  readonly untilMs: number;
  /** The processes that faults may hit. */
  readonly victims: readonly number[];
  readonly pauseMs: number;
}

/** Schedules at least one fault of every kind with a rate, even if the run is too short to meet it by chance. */
export function scheduleFaults(random: Random, options: ScheduleOptions): ScheduledFault[] {
  const faults = faultKinds().flatMap((kind) => {
    const perMinute = options.rates[kind] ?? 0;
    return perMinute > 0 ? scheduleKind(random.fork(kind), kind, perMinute, options) : [];
  });
  return faults.toSorted((a, b) => a.atMs - b.atMs);
}

/** Two runs with the same digest had the same faults at the same times. */
export function scheduleDigest(faults: readonly ScheduledFault[]): string {
  return createHash('sha256').update(JSON.stringify(faults)).digest('hex').slice(0, 12);
}

function scheduleKind(random: Random, kind: FaultKind, perMinute: number, options: ScheduleOptions): ScheduledFault[] {
  const { calmMs, untilMs } = options;
  const meanMs = 60_000 / perMinute;
  const faults: ScheduledFault[] = [];
  // The first fault comes early, so that a long pause ends before the load does, even in a short run.
  let atMs = calmMs + random.next() * Math.min(meanMs, Math.max(0, untilMs - calmMs - durationMax(kind, options)));
  while (atMs < untilMs || faults.length === 0) {
    faults.push(faultAt(random, kind, Math.round(atMs), options));
    if (isOnce(kind)) break;
    atMs += meanMs * (0.5 + random.next());
  }
  return faults;
}

function faultAt(random: Random, kind: FaultKind, atMs: number, options: ScheduleOptions): ScheduledFault {
  const base = { atMs, kind, lastsMs: durationMs(random, kind, options) };
  if (kind === 'row-lock') return { ...base, table: random.pick(LOCKED_TABLES) };
  if (!hitsOneProcess(kind)) return base;
  const process = random.pick(options.victims);
  if (kind === 'kill') return { ...base, process, anyTime: random.chance(0.8) };
  if (kind !== 'bomb') return { ...base, process };
  return { ...base, process, bomb: { point: random.pick(CRASH_POINTS), hit: random.int(1, 10) } };
}

function durationMax(kind: FaultKind, { pauseMs }: ScheduleOptions): number {
  if (kind === 'pause') return pauseMs + 1000;
  if (kind === 'row-lock') return ROW_LOCK_MS;
  return kind === 'pg-stall' ? STALL_MAX_MS : 6000;
}

function durationMs(random: Random, kind: FaultKind, options: ScheduleOptions): number {
  if (kind === 'pause') return options.pauseMs + random.int(0, 1000);
  if (kind === 'pg-away') return random.int(2000, 5000);
  if (kind === 'pg-stall') return random.int(1000, STALL_MAX_MS);
  if (SECONDS_LONG.includes(kind)) return random.int(2000, 6000);
  if (kind === 'row-lock') return ROW_LOCK_MS;
  if (kind === 'redis-crash') return random.int(0, 1500);
  return random.int(0, 300);
}

import { randomBytes } from 'node:crypto';
import { STEP_BY_STEP } from '../../test/kit/serviceProcess';
import { serviceEnv, TRANSFER_TIMEOUT_MS, type World } from '../../test/kit/world';
import { Auditor, STALE_MS } from '../audit/auditor';
import { FeedAudit } from '../audit/feed/feedAudit';
import { Findings } from '../base/invariants';
import { Random } from '../base/random';
import { FaultRunner } from '../faults/faultRunner';
import { type ScheduledFault, STALL_MAX_MS, scheduleFaults } from '../faults/schedule';
import { Supervisor } from '../faults/supervisor';
import { bank, endless, type Generator, penniless } from '../workload/generator';
import { Model } from '../workload/model';
import { Workload } from '../workload/workload';
import type { StressOptions } from './options';

export const DATABASE = 'stress';

/** Phases without faults: in one the payers without money rest, in the other they ask for everything. */
export const ALONE = 'without faults, payers without money at rest';
export const BESIDE = 'without faults';
const TURNS = 6;

/** The parts of one run. They are made in this order, and the run's phases share them. */
export interface Run {
  readonly options: StressOptions;
  readonly world: World;
  readonly findings: Findings;
  readonly model: Model;
  readonly supervisor: Supervisor;
  readonly workload: Workload;
  readonly auditor: Auditor;
  readonly feed: FeedAudit;
  readonly faults: FaultRunner;
  readonly generator: Generator;
  /** Payers without money, with their own clients. */
  readonly beggars: { readonly workload: Workload; readonly generator: Generator } | undefined;
  readonly schedule: readonly ScheduledFault[];
  readonly clock: { startMs: number; faultsMs: number; endMs: number; finalMs: number };
}

const PEER_SECRET = randomBytes(32).toString('base64');

/** Makes every part of a run before a process starts. */
export async function prepareRun(options: StressOptions, world: World): Promise<Run> {
  const random = new Random(options.seed);
  const clock = { startMs: Date.now(), faultsMs: 0, endMs: 0, finalMs: 0 };
  const findings = new Findings(() => Date.now() - clock.startMs);
  const model = new Model(findings);
  const supervisor = await Supervisor.create(findings, {
    processes: options.processes,
    env: (name) => ({
      ...serviceEnv(world, DATABASE, name),
      JOB_RUNNERS: options.runners,
      ...(options.peers === 'linked' && { PEER_SECRET }),
      ...waysOf(options, name),
      ...options.settings,
    }),
    logDirectory: world.logDirectory,
    ...(options.bug !== undefined && { bug: options.bug }),
  });
  const faults = new FaultRunner({ supervisor, postgres: world.postgres, database: DATABASE, redis: world.redis });
  const feed = new FeedAudit(findings, supervisor, random.fork('feed'), options.eagerReaders);
  const auditor = new Auditor(findings, model, random.fork('audit'), {
    databaseUrl: world.postgres.url(DATABASE, 'stress-audit'),
    defaultTimeoutMs: TRANSFER_TIMEOUT_MS,
    stuckAfterMs: options.stuckAfterMs,
    staleMs: staleMsOf(options),
    feed,
    // A kill leaves a transaction that an earlier kill left behind without a driver again. A search for a bug has few
    // kills and should find the bug soon.
    quietSinceMs: () => (options.bug === undefined ? faults.restingSinceMs() : faults.quietSinceMs()),
  });
  const { accounts, seconds, scenario } = options;
  const workload = new Workload(model, findings, supervisor, random.fork('clients'), {
    clients: options.clients,
    phase: () => phaseOf(clock),
    ...(scenario === 'endless' && { perSecond: (1.5 * accounts) / seconds }),
  });
  const generator = scenario === 'bank' ? bank(random.fork('workload'), options) : endless(accounts);
  const schedule = scheduleFaults(random.fork('faults'), {
    rates: options.rates,
    calmMs: options.calmMs,
    untilMs: seconds * 1000,
    victims: victimsOf(options),
    pauseMs: options.pauseMs,
  });
  const beggars = beggarsOf(options, random.fork('penniless'), { model, findings, supervisor, clock });
  return {
    options,
    world,
    findings,
    model,
    supervisor,
    workload,
    beggars,
    auditor,
    feed,
    faults,
    generator,
    schedule,
    clock,
  };
}

function beggarsOf(
  options: StressOptions,
  random: Random,
  { model, findings, supervisor, clock }: Pick<Run, 'model' | 'findings' | 'supervisor' | 'clock'>,
): Run['beggars'] {
  if (options.scenario !== 'bank' || options.penniless === 0) return undefined;
  const settings = { clients: options.penniless, phase: () => 'penniless', rests: () => phaseOf(clock) === ALONE };
  return {
    workload: new Workload(model, findings, supervisor, random.fork('clients'), settings),
    generator: penniless(random.fork('workload'), options),
  };
}

/** How a process carries out its transfers. With `both`, the last one of several processes differs from the others. */
function waysOf({ way, drive, processes }: StressOptions, name: string): Record<string, string> {
  const isOther = processes > 1 && name === `service-${processes - 1}`;
  const isStepByStep = way === 'steps' || (way === 'both' && isOther);
  const isAtOnce = drive === 'process' || (drive === 'both' && name === 'service-0');
  // Default values are left out, because an armed crash point has the accounts called one by one to open its window.
  return {
    ...(isStepByStep && STEP_BY_STEP),
    ...(isAtOnce && { DRIVE: 'process' }),
    // All processes but the first may have as many statements in flight at the same time as possible.
    ...(name !== 'service-0' && { GROUP_COMMIT_BESIDE_MIN: '1' }),
  };
}

/** A backend that is stopped between a commit and the commit's end hides what it has committed. */
export function staleMsOf({ rates }: StressOptions): number {
  return STALE_MS + ((rates['pg-stall'] ?? 0) > 0 ? STALL_MAX_MS : 0);
}

/** `endless` spares one process, as the sample does. */
function victimsOf({ scenario, processes }: StressOptions): number[] {
  const all = Array.from({ length: processes }, (_, index) => index);
  return scenario === 'endless' && processes > 1 ? all.slice(1) : all;
}

function phaseOf({ startMs, faultsMs }: Run['clock']): string {
  const now = Date.now();
  if (faultsMs === 0) return 'opening accounts';
  if (now >= faultsMs) return 'with faults';
  // The phases take turns, so that a service that becomes faster with time does so in both.
  const turn = Math.floor((TURNS * (now - startMs)) / (faultsMs - startMs));
  return turn % 2 === 0 ? ALONE : BESIDE;
}

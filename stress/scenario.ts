import { Auditor, STALE_MS } from './audit/auditor';
import { auditAtRest } from './audit/finalAudit';
import { Findings } from './audit/invariants';
import { pendingCount } from './audit/pending';
import { FaultRunner } from './faults/faultRunner';
import { type ScheduledFault, STALL_MAX_MS, scheduleFaults } from './faults/schedule';
import { Supervisor } from './infra/supervisor';
import { eventually, sleep } from './infra/wait';
import { serviceEnv, startWorld, TRANSFER_TIMEOUT_MS, type World } from './infra/world';
import type { StressOptions } from './options';
import { BUGS } from './planted/bugs';
import { Random } from './random';
import { collect } from './report/collect';
import type { RunResult } from './report/result';
import { bank, endless, type Generator, penniless } from './workload/generator';
import { Model } from './workload/model';
import { shown } from './workload/reply';
import { Workload } from './workload/workload';

const DATABASE = 'stress';
/** Unknown outcomes must be known, and transactions final, this long after the last fault. */
const SETTLE_MS = 60_000;
const REPLAYS = 400;

/** Called about once a second with what the live line shows. */
export interface ProgressWatcher {
  progress(run: Run): void;
}

/** The parts of one run, made in this order and shared by its phases. */
export interface Run {
  readonly options: StressOptions;
  readonly world: World;
  readonly findings: Findings;
  readonly model: Model;
  readonly supervisor: Supervisor;
  readonly workload: Workload;
  readonly auditor: Auditor;
  readonly faults: FaultRunner;
  readonly generator: Generator;
  /** Payers without money, with clients of their own. */
  readonly beggars: { readonly workload: Workload; readonly generator: Generator } | undefined;
  readonly schedule: readonly ScheduledFault[];
  readonly clock: { startMs: number; faultsMs: number; endMs: number; settledMs: number };
}

/** One run: load and faults at once, then healing, then the audit at rest. The signal ends the load early. */
export async function runScenario(
  options: StressOptions,
  signal: AbortSignal,
  watcher: ProgressWatcher,
): Promise<RunResult> {
  const world = await startWorld(options.backend, `${options.scenario}-${options.backend}-${options.seed}`);
  try {
    await world.postgres.query('postgres', `create database ${DATABASE}`);
    const run = await prepare(options, world);
    try {
      await run.supervisor.startAll();
      await run.workload.open(run.generator);
      await run.beggars?.workload.open(run.beggars.generator);
      await underLoad(run, signal, watcher);
      if (!(options.untilViolation && run.findings.violationCount > 0)) await atRest(run);
      return await collect(run, signal.aborted);
    } finally {
      await run.auditor.stop();
      run.workload.close();
      run.beggars?.workload.close();
      await run.supervisor.close();
    }
  } finally {
    await world.close();
  }
}

async function prepare(options: StressOptions, world: World): Promise<Run> {
  const random = new Random(options.seed);
  const clock = { startMs: Date.now(), faultsMs: 0, endMs: 0, settledMs: 0 };
  const findings = new Findings(() => Date.now() - clock.startMs);
  const model = new Model(findings);
  const supervisor = await Supervisor.create(findings, {
    processes: options.processes,
    env: (name) => ({
      ...serviceEnv(world, DATABASE, name),
      JOB_RUNNERS: options.runners,
      ...waysOf(options, name),
      ...(options.bug !== undefined && BUGS[options.bug]?.settings),
    }),
    logDirectory: world.logDirectory,
    ...(options.bug !== undefined && { bug: options.bug }),
  });
  const faults = new FaultRunner({ supervisor, postgres: world.postgres, database: DATABASE, redis: world.redis });
  const auditor = new Auditor(findings, model, random.fork('audit'), {
    databaseUrl: world.postgres.url(DATABASE, 'stress-audit'),
    defaultTimeoutMs: TRANSFER_TIMEOUT_MS,
    stuckAfterMs: options.stuckAfterMs,
    // A kill orphans anew what another kill had orphaned; a search for a bug has few kills and wants to find it soon.
    staleMs: staleMsOf(options),
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
  const beggars = beggarsOf(options, random.fork('penniless'), { model, findings, supervisor });
  return {
    options,
    world,
    findings,
    model,
    supervisor,
    workload,
    beggars,
    auditor,
    faults,
    generator,
    schedule,
    clock,
  };
}

function beggarsOf(
  options: StressOptions,
  random: Random,
  { model, findings, supervisor }: Pick<Run, 'model' | 'findings' | 'supervisor'>,
): Run['beggars'] {
  if (options.scenario !== 'bank' || options.penniless === 0) return undefined;
  const settings = { clients: options.penniless, phase: () => 'penniless' };
  return {
    workload: new Workload(model, findings, supervisor, random.fork('clients'), settings),
    generator: penniless(random.fork('workload'), options),
  };
}

/** Which way a process takes its transfers: with `both`, the last one of several differs from the others. */
function waysOf({ path, drive, processes }: StressOptions, name: string): Record<string, string> {
  const isOther = processes > 1 && name === `service-${processes - 1}`;
  const isGeneral = path === 'general' || (path === 'both' && isOther);
  const isAtOnce = drive === 'process' || (drive === 'both' && name === 'service-0');
  // What is the default is not said: an armed crash point opens its window by the general path.
  return { ...(isGeneral && { SHARED_STATEMENTS: 'false' }), ...(isAtOnce && { DRIVE: 'process' }) };
}

/** A backend that is stopped between a commit and its end hides what it has committed. */
function staleMsOf({ rates }: StressOptions): number {
  return STALE_MS + ((rates['pg-stall'] ?? 0) > 0 ? STALL_MAX_MS : 0);
}

/** `endless` leaves one process alone, as the sample does. */
function victimsOf({ scenario, processes }: StressOptions): number[] {
  const all = Array.from({ length: processes }, (_, index) => index);
  return scenario === 'endless' && processes > 1 ? all.slice(1) : all;
}

function phaseOf(clock: Run['clock']): string {
  if (clock.faultsMs === 0) return 'opening accounts';
  return Date.now() < clock.faultsMs ? 'without faults' : 'with faults';
}

async function underLoad(run: Run, signal: AbortSignal, watcher: ProgressWatcher): Promise<void> {
  const { options, workload, faults, schedule, supervisor, auditor, clock } = run;
  clock.startMs = Date.now();
  clock.faultsMs = clock.startMs + options.calmMs;
  const faultsEnd = new AbortController();
  const watching = setInterval(() => watcher.progress(run), 1000);
  auditor.start();
  const injected = faults.run(schedule, clock.startMs, AbortSignal.any([signal, faultsEnd.signal]));
  const loaded = workload.run(run.generator);
  const begged = run.beggars?.workload.run(run.beggars.generator);
  try {
    // `endless` is over when its transfers are.
    await (options.scenario === 'endless' ? Promise.race([loaded, untilOver(run, signal)]) : untilOver(run, signal));
    clock.endMs = Date.now();
    faultsEnd.abort();
    await injected;
    await faults.over();
    await supervisor.heal();
    // A planted bug that was found may have stuck what clients wait for; nothing more is to be learned from it.
    const found = options.untilViolation === true && run.findings.violationCount > 0;
    for (const each of [workload, run.beggars?.workload]) each?.end(found ? 0 : SETTLE_MS);
    await Promise.all([loaded, begged]);
  } finally {
    clearInterval(watching);
  }
}

/** The seconds are over, somebody pressed Ctrl-C, or the bug that was looked for has shown itself. */
async function untilOver({ options, clock, findings }: Run, signal: AbortSignal): Promise<void> {
  // `endless` has a number of transfers to do; a slow machine gets longer for them.
  const limitMs = options.seconds * 1000 * (options.scenario === 'endless' ? 5 : 1);
  while (Date.now() < clock.startMs + limitMs && !signal.aborted) {
    if (options.untilViolation && findings.violationCount > 0) return;
    await sleep(100);
  }
}

async function atRest(run: Run): Promise<void> {
  const { findings, model, supervisor, auditor, world, clock } = run;
  findings.held('resolved', model.unknownEndedAs.total());
  await finalWithin(run);
  clock.settledMs = Date.now();
  await replayAnswers(run, 'before');
  await supervisor.restartAll();
  await replayAnswers(run, 'after');
  await auditor.stop();
  await auditor.audit();
  await auditAtRest(
    world.postgres.url(DATABASE, 'stress-audit'),
    findings,
    model,
    auditor.finalStates,
    staleMsOf(run.options),
  );
  await readBalances(run);
  const deadlocks = world.postgres.logged('deadlock detected');
  findings.check('contract', deadlocks.length === 0, () => `PostgreSQL reports ${deadlocks.length} deadlocks`);
}

async function finalWithin({ findings, world }: Run): Promise<void> {
  const database = world.postgres.url(DATABASE, 'stress-audit');
  const none = async (): Promise<true | undefined> => ((await pendingCount(database)) === 0 ? true : undefined);
  try {
    await eventually('no transaction is pending', none, { deadlineMs: SETTLE_MS, everyMs: 100 });
    findings.held('live');
  } catch {
    const stuck = await pendingCount(database);
    findings.violated('live', `${stuck} transactions are pending ${SETTLE_MS} ms after the last fault`);
  }
}

/** Answers are stable: also long afterwards, also from processes that were started since. */
async function replayAnswers({ model, workload, options }: Run, when: string): Promise<void> {
  const random = new Random(`${options.seed}/replays ${when}`);
  const known = [...model.records.values()].filter(({ outcome }) => outcome !== undefined);
  const sample = Array.from({ length: Math.min(REPLAYS, known.length) }, () => random.pick(known));
  await workload.replay([...new Set(sample)]);
  model.extraDeliveries.add(`repeated at rest, ${when} a restart of every process`, sample.length);
}

/** What clients read is what they were told. */
async function readBalances({ model, workload, findings, generator }: Run): Promise<void> {
  if (model.unresolved().length > 0) return;
  for (const { id } of generator.accounts.slice(0, 200)) {
    const answer = await workload.balance(id);
    if (!answer) continue;
    const expected = model.balances.get(id) ?? 0n;
    const isTold = answer.ok && BigInt(answer.value.balance) === expected && answer.value.held === 0;
    findings.check('acknowledged', isTold, () => {
      return `GET ${id}: ${shown(answer)}, by the answers it should be ${expected}`;
    });
  }
}

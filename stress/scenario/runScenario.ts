import { sleep } from '../../test/kit/wait';
import { startWorld } from '../../test/kit/world';
import { commitLate } from '../faults/lateCommits';
import { atRest, FINAL_WITHIN_MS } from './atRest';
import { collect } from './collect';
import type { StressOptions } from './options';
import { DATABASE, prepareRun, type Run } from './prepareRun';
import type { RunResult } from './result';

/** Called about once a second with the data for the live line. */
export interface ProgressWatcher {
  progress(run: Run): void;
}

/** One run: load and faults together, then the healing, then the audit at rest. The signal ends the load early. */
export async function runScenario(
  options: StressOptions,
  signal: AbortSignal,
  watcher: ProgressWatcher,
): Promise<RunResult> {
  const world = await startWorld(
    options.backend,
    `${options.scenario}-${options.backend}-${options.seed}`,
    options.server,
  );
  try {
    await world.postgres.createDatabase(DATABASE);
    const run = await prepareRun(options, world);
    try {
      await run.supervisor.startAll();
      if (options.lateCommits) await commitLate(world.postgres, DATABASE);
      run.feed.start();
      await run.workload.open(run.generator);
      await run.beggars?.workload.open(run.beggars.generator);
      await underLoad(run, signal, watcher);
      if (!(options.untilViolation && run.findings.violationCount > 0)) await atRest(run);
      return await collect(run, signal.aborted);
    } finally {
      await run.auditor.stop();
      await run.feed.stop();
      run.workload.close();
      run.beggars?.workload.close();
      await run.supervisor.close();
    }
  } finally {
    await world.close();
  }
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
    // `endless` ends when its transfers are done.
    await (options.scenario === 'endless' ? Promise.race([loaded, untilOver(run, signal)]) : untilOver(run, signal));
    clock.endMs = Date.now();
    faultsEnd.abort();
    await injected;
    await faults.over();
    await supervisor.heal();
    // A bug that was found may block the operations that clients wait for. The run learns nothing more from them.
    const found = options.untilViolation === true && run.findings.violationCount > 0;
    for (const each of [workload, run.beggars?.workload]) each?.end(found ? 0 : FINAL_WITHIN_MS);
    await Promise.all([loaded, begged]);
  } finally {
    clearInterval(watching);
  }
}

/** Resolves when the seconds are over, a user pressed Ctrl-C, or the planted bug has shown itself. */
async function untilOver({ options, clock, findings }: Run, signal: AbortSignal): Promise<void> {
  // `endless` has a fixed number of transfers to do. A slow machine gets longer for them.
  const limitMs = options.seconds * 1000 * (options.scenario === 'endless' ? 5 : 1);
  while (Date.now() < clock.startMs + limitMs && !signal.aborted) {
    if (options.untilViolation && findings.violationCount > 0) return;
    await sleep(100);
  }
}

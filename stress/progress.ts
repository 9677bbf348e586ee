import type { Run } from './scenario/prepareRun';
import type { ProgressWatcher } from './scenario/runScenario';

/** One live line on a terminal. Elsewhere a line from time to time, so that a log stays readable. */
const LINE_EVERY = process.stdout.isTTY ? 1 : 5;

export function liveLine(label: string): ProgressWatcher {
  let ticks = 0;
  let before = 0;
  let told = 0;
  return {
    progress: (run) => {
      ticks += 1;
      for (const { invariant, detail } of run.findings.violations.slice(told)) {
        process.stdout.write(`\n${label} VIOLATION ${invariant}: ${detail}\n`);
        told += 1;
      }
      if (ticks % LINE_EVERY !== 0) return;
      const applied = run.model.known.length;
      const rate = (applied - before) / LINE_EVERY;
      before = applied;
      const line = `${label} ${lineOf(run, rate)}`;
      process.stdout.write(process.stdout.isTTY ? `\r${line}\u001b[K` : `${line}\n`);
    },
  };
}

function lineOf({ clock, model, faults, supervisor, findings, schedule }: Run, rate: number): string {
  const seconds = ((Date.now() - clock.startMs) / 1000).toFixed(0);
  return [
    `${seconds} s`,
    `${rate.toFixed(0)} operations/s`,
    `${model.inFlight} in flight`,
    `faults ${faults.happened.length}/${schedule.length}, ${faults.active} now`,
    `kills ${supervisor.kills.total()}`,
    `violations ${findings.violationCount}`,
  ].join(', ');
}

/** The first Ctrl-C ends the load early, and the report is still complete for what ran. The second one ends the process at once. */
export function untilInterrupted(): AbortSignal {
  const controller = new AbortController();
  const interrupted = (): void => {
    if (controller.signal.aborted) process.exit(130);
    process.stdout.write('\nending early: the load stops, the audit still runs\n');
    controller.abort();
  };
  process.on('SIGINT', interrupted);
  process.on('SIGTERM', interrupted);
  return controller.signal;
}

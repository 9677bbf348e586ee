import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** Resolves when the child has ended; at once if it already has. */
export async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await once(child, 'exit');
}

const running = new Set<ChildProcess>();

/** Kills the child when the harness exits, so that no child stays behind. */
export function endWithHarness(child: ChildProcess): void {
  running.add(child);
  child.once('exit', () => running.delete(child));
}

process.once('exit', () => {
  for (const child of running) {
    // SIGKILL also ends a stopped process.
    child.kill('SIGKILL');
  }
});

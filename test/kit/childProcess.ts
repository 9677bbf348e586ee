import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** Resolves when the child has ended, at once when it already has. */
export async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await once(child, 'exit');
}

const running = new Set<ChildProcess>();

/** The harness leaves nothing behind: every child it started dies with it. */
export function endWithHarness(child: ChildProcess): void {
  running.add(child);
  child.once('exit', () => running.delete(child));
}

process.once('exit', () => {
  for (const child of running) {
    // A stopped process gets SIGKILL all the same.
    child.kill('SIGKILL');
  }
});

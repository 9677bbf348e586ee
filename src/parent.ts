import { execFileSync } from 'node:child_process';
import { env } from 'node:process';

const CHECK_EVERY_MS = 250;

/**
 * Under `npm start` this process outlives an npm that is killed with -9 and would keep the port from the next start. So
 * there, and only there, npm's death counts as a signal to stop.
 */
export function watchParent(onGone: () => void): void {
  if (env['npm_lifecycle_event'] !== 'start') return;
  const npm = findNpm();
  if (npm === undefined) return;
  const timer = setInterval(() => {
    if (isAlive(npm)) return;
    clearInterval(timer);
    onGone();
  }, CHECK_EVERY_MS);
  timer.unref();
}

/** npm runs a script through a shell, which may or may not have made way for this process. */
function findNpm(): number | undefined {
  const parent = describe(process.ppid);
  if (parent === undefined) return undefined;
  return /^(ba|da|z|k|a)?sh$/.test(parent.command) ? parent.parent : process.ppid;
}

function describe(pid: number): { parent: number; command: string } | undefined {
  try {
    const output = execFileSync('ps', ['-o', 'ppid=,comm=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [, parent, command] = /^\s*(\d+)\s+(?:.*\/)?(\S+)\s*$/.exec(output) ?? [];
    return parent === undefined || command === undefined ? undefined : { parent: Number(parent), command };
  } catch {
    // No ps on this system: then npm's death goes unnoticed, and the port's message says what to do.
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

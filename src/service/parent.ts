import { env } from 'node:process';
import { processOf } from '../adapters/processName';

const CHECK_EVERY_MS = 250;

/**
 * Under `npm start` this process would outlive an npm that is killed with -9, and keep the port from the next start. So
 * only under `npm start`, the death of npm counts as a signal to stop.
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

/** npm runs a script through a shell, which this process may or may not have replaced. */
function findNpm(): number | undefined {
  const parent = processOf(process.ppid);
  if (parent === undefined) return undefined;
  return /^(ba|da|z|k|a)?sh$/.test(parent.name) ? parent.parent : process.ppid;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

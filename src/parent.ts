import { env, ppid } from 'node:process';

const CHECK_EVERY_MS = 250;

/**
 * Under `npm start` this process outlives an npm that is killed with -9 and would keep the port from the next start. So
 * there, and only there, the parent's death counts as a signal to stop.
 */
export function watchParent(onGone: () => void): void {
  if (env['npm_lifecycle_event'] !== 'start') return;
  const parent = ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onGone();
  }, CHECK_EVERY_MS);
  timer.unref();
}

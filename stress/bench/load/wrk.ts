import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { runGenerator } from './child';
import type { LoadGenerator } from './load';

/** dist/stress/bench/load -> the repository */
const SCRIPT = join(__dirname, '..', '..', '..', '..', 'stress', 'bench', 'load', 'load.lua');

/** An answer may take this long after the last request; wrk is told to end as soon as there is none left. */
const DRAIN_SECONDS_MAX = 30;

/** wrk with one thread: it takes the least from the two cores that it shares with what it measures. */
export function findWrk(): LoadGenerator | undefined {
  // It knows no --version; -v says which it is and exits with 1.
  const { error, stdout } = spawnSync('wrk', ['-v'], { encoding: 'utf8' });
  if (error) return undefined;
  return {
    name: `${/^wrk \S+/.exec(stdout)?.[0] ?? 'wrk'}, one thread`,
    run: ({ port, what, shape, accounts, connections, seconds, seed, perSecond = 0 }) =>
      runGenerator(
        'wrk',
        // With a rate, the last answer is there before the time is over, and nothing says so.
        [
          '--threads=1',
          `--connections=${connections}`,
          `--duration=${Math.ceil(seconds) + (perSecond > 0 ? 2 : DRAIN_SECONDS_MAX)}s`,
          `--timeout=${DRAIN_SECONDS_MAX}s`,
          `--script=${SCRIPT}`,
          `http://127.0.0.1:${port}`,
          '--',
          ...[what, accounts, shape, seed, seconds, perSecond].map(String),
        ],
        (line, child) => {
          if (line === 'drained') child.kill('SIGINT');
        },
      ),
  };
}

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { runGenerator } from './child';
import type { LoadGenerator } from './load';

/** dist/stress/bench/load -> the repository */
const SCRIPT = join(__dirname, '..', '..', '..', '..', 'stress', 'bench', 'load', 'load.lua');

/** How long an answer may take after the last request. wrk ends as soon as no request is left. */
const DRAIN_SECONDS_MAX = 30;

/** wrk with one thread, which takes the least from the two cores that it shares with the system under test. */
export function findWrk(): LoadGenerator | undefined {
  // wrk has no --version. With -v it prints its version and exits with 1.
  const { error, stdout } = spawnSync('wrk', ['-v'], { encoding: 'utf8' });
  if (error) return undefined;
  return {
    name: `${/^wrk \S+/.exec(stdout)?.[0] ?? 'wrk'}, one thread`,
    run: ({ port, what, shape, accounts, connections, seconds, seed, perSecond = 0 }) =>
      runGenerator(
        'wrk',
        // At a fixed rate the last answer arrives before the time is over, and wrk does not report that.
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

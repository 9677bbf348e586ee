import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem, type } from 'node:os';
import { dirname } from 'node:path';
import { render } from './render';
import { type SuiteResult, type Verdict, verdictOf } from './suiteResult';

const GIB = 2 ** 30;

/** Prints the page, saves it if asked, and returns whether everything held. */
export function publish(suite: SuiteResult, file: string | undefined): Verdict {
  process.stdout.write(`\n${render(suite)}`);
  keep(suite, file);
  return verdictOf(suite);
}

export function keep(suite: SuiteResult, file: string | undefined): void {
  if (file === undefined) return;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, render(suite));
}

/** The machine of the run. A load average above the number of cores means that the machine had other work, or too few cores. */
export function machine(): string {
  const [cpu] = cpus();
  const hardware = `${cpus().length} cores (${cpu?.model.trim() ?? 'unknown'}), ${Math.round(totalmem() / GIB)} GiB`;
  const [, , last15 = 0] = loadavg();
  return `${hardware}, ${type()} ${release()}, load average of the last 15 minutes ${last15.toFixed(1)}; ${commit()}`;
}

function commit(): string {
  const git = spawnSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' });
  return git.status === 0 ? `commit ${git.stdout.trim()}` : 'not in a git checkout';
}

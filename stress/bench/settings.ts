import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { machine } from '../report/publish';
import type { Bench } from './bench';
import { fsyncMs } from './fsync';

/** dist/stress/bench -> the repository */
const REPOSITORY = join(__dirname, '..', '..', '..');

/** The PostgreSQL settings to show. The first three decide whether the rates mean anything. */
const SHOWN = ['fsync', 'synchronous_commit', 'full_page_writes', 'shared_buffers', 'max_wal_size', 'server_version'];

/** Markdown: the machine and the settings of the measurement. Throws when durability is off. */
export async function settingsOf(bench: Bench): Promise<string> {
  const { rounds, seconds, warmupSeconds, accounts, seed, pool, serviceEnv } = bench.options;
  const shown = new Map<string, string>();
  for (const name of [...SHOWN, ...Object.keys(bench.options.postgres)]) {
    const [row] = await bench.database.query<Record<string, string>>('postgres', `show ${name}`);
    shown.set(name, row?.[name] ?? '');
  }
  for (const name of ['fsync', 'synchronous_commit', 'full_page_writes']) {
    if (shown.get(name) !== 'on') throw new Error(`${name} is ${shown.get(name)}: nothing measured so would count`);
  }
  const fsync = fsyncMs();
  const env = Object.entries(serviceEnv).map(([key, value]) => `${key}=${value}`);
  return [
    `- machine: ${machine()}, node ${process.versions.node}; an fsync of 8 KiB takes ${fsync.p50.toFixed(1)} ms (p99 ${fsync.p99.toFixed(1)})`,
    `- PostgreSQL (embedded build, one server, a database for each system): ${[...shown].map(([name, value]) => `${name} ${value}`).join(', ')}`,
    `- ${redisVersion()}, appendonly no, save off, a database of its own for each system`,
    `- load: ${bench.generator.name}; ${accounts} accounts, seed ${seed}, ${rounds} rounds of ${seconds} s after ${warmupSeconds} s of warm-up`,
    `- baseline: one process, pool of ${pool}, named statements. Service: one process, ROLE=all, ${env.join(' ') || 'defaults'}. One system under load at a time, the others started and idle`,
    ...uncommitted(),
  ].join('\n');
}

function redisVersion(): string {
  const { stdout } = spawnSync('redis-server', ['--version'], { encoding: 'utf8' });
  return `Redis ${/v=(\S+)/.exec(stdout ?? '')?.[1] ?? 'not found'}`;
}

/** Changes that are not in the commit that the machine's line names. No lines when there are none. */
function uncommitted(): string[] {
  const git = spawnSync('git', ['status', '--porcelain', '--', 'src', 'migrations', 'stress/baseline'], {
    cwd: REPOSITORY,
    encoding: 'utf8',
  });
  return git.status === 0 && git.stdout !== '' ? ['- the sources had changes that were not committed'] : [];
}

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { findBinaries } from '../../src/adapters/postgres/embedded/binaries';
import { findServerUser } from '../../src/adapters/postgres/embedded/serverUser';
import { ended, endWithHarness } from './childProcess';

/** The auditor asks when a row became durable. */
const AUDITED = ['-c', 'track_commit_timestamp=on'];
/** Ports and paths apart, what a stock server has: durability is not relaxed for the test. */
const SETTINGS = [
  ...AUDITED,
  '-c',
  'max_connections=300',
  '-c',
  'log_min_messages=warning',
  '-c',
  'log_line_prefix=%m [%p] %a ',
];

/** How a server is ended; `killed`: its first process, and the others find that out. */
const SIGNALS = { immediate: 'SIGQUIT', fast: 'SIGINT', killed: 'SIGKILL' } as const;

export type Ending = keyof typeof SIGNALS;

/** The server on one data directory. */
export class Postmaster {
  private child: ChildProcess | undefined;

  constructor(
    private readonly directory: string,
    readonly data: string,
    readonly port: number,
  ) {}

  spawn(settings: readonly string[]): void {
    const log = openSync(join(this.directory, 'log'), 'a');
    const data = join(this.directory, this.data);
    const place = ['-D', data, '-p', String(this.port), '-h', '127.0.0.1', '-k', this.directory];
    const child = spawn(findBinaries(findServerUser()).postgres, [...place, ...SETTINGS, ...settings], {
      ...unprivileged(),
      cwd: this.directory,
      stdio: ['ignore', log, log],
      detached: true,
      env: { ...process.env, LC_ALL: 'C' },
    });
    closeSync(log);
    endWithHarness(child);
    this.child = child;
  }

  async end(mode: Ending): Promise<void> {
    if (!this.child) return;
    this.child.kill(SIGNALS[mode]);
    await ended(this.child);
    this.child = undefined;
  }
}

export function urlOf(port: number, database: string, applicationName: string): string {
  return `postgres://postgres@127.0.0.1:${port}/${database}?application_name=${applicationName}`;
}

/** One statement on a connection of its own. */
export async function ask(
  port: number,
  database: string,
  text: string,
  values: unknown[] = [],
): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: urlOf(port, database, 'stress-audit'), connectionTimeoutMillis: 5000 });
  client.on('error', () => undefined); // the server may go away under an idle connection; the query itself rejects
  await client.connect();
  try {
    const result = await client.query<Record<string, unknown>>(text, values);
    return result.rows;
  } finally {
    await client.end();
  }
}

/** The user that runs it, where the harness's own may not. */
export function unprivileged(): { uid?: number; gid?: number } {
  const user = findServerUser();
  return user ? { uid: user.uid, gid: user.gid } : {};
}

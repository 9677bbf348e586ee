import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { findBinaries } from '../../src/adapters/postgres/embedded/binaries';
import { findServerUser } from '../../src/adapters/postgres/embedded/serverUser';
import { ended, endWithHarness } from './childProcess';

/** The auditor reads when a row was committed. */
const AUDITED = ['-c', 'track_commit_timestamp=on'];
/** Except for ports and paths, these are stock settings. The test does not relax durability. */
const SETTINGS = [
  ...AUDITED,
  '-c',
  'max_connections=300',
  '-c',
  'log_min_messages=warning',
  '-c',
  'log_line_prefix=%m [%p] %a ',
];

/** How to end a server. `killed`: its first process is killed, and the other processes find out. */
const SIGNALS = { immediate: 'SIGQUIT', fast: 'SIGINT', killed: 'SIGKILL' } as const;

export type Ending = keyof typeof SIGNALS;

/** The server of one data directory. */
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

/** Runs one statement on its own connection. */
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

/** The user that runs the server, if the harness's own user may not. */
export function unprivileged(): { uid?: number; gid?: number } {
  const user = findServerUser();
  return user ? { uid: user.uid, gid: user.gid } : {};
}

import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findServerUser } from '../../src/adapters/postgres/embedded/serverUser';

const run = promisify(execFile);
const DEBIAN = '/usr/lib/postgresql';

/** The folder with the programs of a complete PostgreSQL, as Debian installs it; undefined if it is not installed. */
export function postgresPrograms(): string | undefined {
  if (!existsSync(DEBIAN)) return undefined;
  const [version] = readdirSync(DEBIAN).toSorted((a, b) => Number(b) - Number(a));
  return version === undefined ? undefined : join(DEBIAN, version, 'bin');
}

/** The user that may run a server: PostgreSQL refuses root. */
export function serverUser(): { uid?: number; gid?: number } {
  const user = findServerUser();
  return user ? { uid: user.uid, gid: user.gid } : {};
}

/** Runs shell lines as that user, with those programs on the path. Rejects with their error output. */
export async function runAsServerUser(lines: string, env: Readonly<Record<string, string>>): Promise<string> {
  const path = `${postgresPrograms()}:${process.env['PATH']}`;
  const options = { ...serverUser(), cwd: '/', env: { PATH: path, LC_ALL: 'C', ...env }, timeout: 200_000 };
  const { stdout } = await run('sh', ['-ec', lines], options);
  return stdout;
}

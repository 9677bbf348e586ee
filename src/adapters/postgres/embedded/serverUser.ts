import { execFileSync, spawnSync } from 'node:child_process';
import { getuid } from 'node:process';

/** The user a server process runs as; none means this process's own. */
export interface ServerUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL refuses to run as root; then another user of the machine has to run it. */
export function findServerUser(): ServerUser | undefined {
  if (getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    const uid = idOf('-u', name);
    const gid = idOf('-g', name);
    if (uid !== undefined && gid !== undefined && uid !== 0) return { name, uid, gid };
  }
  throw new Error(
    'PostgreSQL does not run as root, and this machine has neither a user "postgres" nor "nobody" to run it as. ' +
      'Start the service as an ordinary user, or set DATABASE_URL to a running PostgreSQL.',
  );
}

function idOf(flag: string, name: string): number | undefined {
  try {
    return Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  } catch {
    return undefined;
  }
}

/** Throws one clear line when that user cannot reach a path that the server needs. */
export function expectReachable(user: ServerUser | undefined, path: string, what: string): void {
  if (!user) return;
  const test = spawnSync('/bin/sh', ['-c', 'test -x "$0"', path], { uid: user.uid, gid: user.gid, cwd: '/' });
  if (test.status === 0) return;
  throw new Error(
    `PostgreSQL does not run as root, and the user "${user.name}" that would run it instead cannot enter ${path} ` +
      `(${what}). Start the service as an ordinary user, or move the project to a folder that others may enter ` +
      '(chmod o+x on its parents), or set DATABASE_URL to a running PostgreSQL.',
  );
}

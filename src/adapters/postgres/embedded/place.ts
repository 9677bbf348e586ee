import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { env } from 'node:process';
import { type Binaries, findBinaries } from './binaries';
import { openFolder } from './folder';
import { findServerUser, type ServerUser } from './serverUser';

/** Where an embedded server keeps its data, and which user and programs run it. */
export interface Place {
  readonly root: string;
  readonly data: string;
  readonly log: string;
  readonly binaries: Binaries;
  readonly user: ServerUser | undefined;
}

/**
 * Returns the requested place, or its replacement if the server's user cannot enter the requested folder. Creates the
 * folder.
 */
export function openPlace(directory: string): Place {
  const wanted = resolve(directory);
  const user = inFolder(wanted, () => findServerUser(join(wanted, 'data')));
  const binaries = findBinaries(user);
  const root = inFolder(wanted, () => openFolder(wanted, user));
  return { root, data: join(root, 'data'), log: join(root, 'server.log'), binaries, user };
}

/** Names the setting in an error of the file system. */
function inFolder<T>(wanted: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    throw new Error(
      `DATA_DIR: the database cannot be kept in ${wanted}: ${error.message}. Set DATA_DIR to another folder.`,
      {
        cause: error,
      },
    );
  }
}

/** Runs pg_ctl on the server's data. Resolves to its exit code; rejects with its output if the code is not accepted. */
export function pgCtl(place: Place, command: readonly string[], accepted: readonly number[] = [0]): Promise<number> {
  return runProgram(place, place.binaries.pgCtl, [...command, '--pgdata', place.data], accepted);
}

export function runProgram(
  { user, root, log }: Place,
  program: string,
  args: readonly string[],
  accepted: readonly number[] = [0],
): Promise<number> {
  // A server that pg_ctl starts would keep a pipe to us open for its whole life.
  const output = args[0] === 'start' ? 'ignore' : 'pipe';
  return new Promise((done, failed) => {
    const child = spawn(program, args, {
      cwd: root,
      stdio: ['ignore', output, output],
      env: { PATH: env['PATH'], LC_ALL: 'C' },
      ...(user && { uid: user.uid, gid: user.gid }),
    });
    let said = '';
    const collect = (chunk: Buffer): void => {
      said = (said + chunk.toString('utf8')).slice(-4_000);
    };
    child.stdout?.on('data', collect);
    child.stderr?.on('data', collect);
    child.on('error', failed);
    child.on('close', (code) => {
      if (code !== null && accepted.includes(code)) done(code);
      else failed(new Error(`${program} ${args[0] ?? ''} failed (${code}): ${said.trim() || `see ${log}`}`));
    });
  });
}

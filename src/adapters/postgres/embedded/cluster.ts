import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { removeAbandoned } from './abandoned';
import { memoryHere, withBuffers } from './memory';
import { type Place, runProgram } from './place';
import { give } from './serverUser';

export const USER = 'tandem';

const PASSWORD_FILE = 'tandem-password';
const MAKING = 'data.new-';

/**
 * Creates the data directory unless it exists. Creates it under a temporary name, with its password, and moves it into
 * place in one step. A crash on the way leaves nothing that looks like a database. Of several concurrent starts the
 * first wins, and the others use its directory. Resolves to whether this call created it.
 */
export async function ensureCluster(place: Place): Promise<boolean> {
  if (existsSync(join(place.data, 'PG_VERSION'))) return false;
  const making = mkdtempSync(join(place.root, MAKING));
  give(place.user, making);
  const nowMs = statSync(making).mtimeMs;
  try {
    await initialize(place, making);
    return takePlace(place, making);
  } finally {
    rmSync(making, { recursive: true, force: true });
    removeAbandoned(place.root, MAKING, nowMs);
  }
}

export function passwordOf(place: Place): string {
  return readFileSync(join(place.data, PASSWORD_FILE), 'utf8').trim();
}

async function initialize(place: Place, making: string): Promise<void> {
  const password = randomBytes(24).toString('base64url');
  // initdb requires an empty directory, so the password stays beside it until initdb is done.
  const passwordFile = `${making}.password`;
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  give(place.user, passwordFile);
  try {
    await runProgram(place, place.binaries.initdb, [
      `--pgdata=${making}`,
      `--username=${USER}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
    ]);
    const configuration = join(making, 'postgresql.conf');
    writeFileSync(configuration, withBuffers(readFileSync(configuration, 'utf8'), memoryHere()));
    renameSync(passwordFile, join(making, PASSWORD_FILE));
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

function takePlace(place: Place, making: string): boolean {
  try {
    renameSync(making, place.data);
    return true;
  } catch (error) {
    if (existsSync(join(place.data, 'PG_VERSION'))) return false;
    throw new Error(
      `${place.data} is there but is no PostgreSQL database. Move it away, or set DATA_DIR to another folder.`,
      { cause: error },
    );
  }
}

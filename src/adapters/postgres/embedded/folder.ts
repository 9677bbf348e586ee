import {
  accessSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmdirSync,
  symlinkSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { canReach, give, type ServerUser } from './serverUser';
import { openShelter, SHELTER } from './shelter';

/**
 * The data folder of a server that is configured to use `wanted`; created if missing. It is `wanted`, unless `user`
 * cannot enter it. Then it is a folder below {@link SHELTER}, and `wanted` becomes a link to it. So the data moves with
 * the project, and a project whose link is removed starts with an empty database.
 */
export function openFolder(wanted: string, user: ServerUser | undefined): string {
  const parent = dirname(wanted);
  if (!user) return openOwn(wanted);
  makeFolder(parent);
  const found = lstatSync(wanted, { throwIfNoEntry: false });
  if (found?.isSymbolicLink()) return followLink(wanted);
  if (canReach(user, found ? wanted : parent)) return openFor(user, wanted);
  if (found) removeEmpty(wanted, user);
  return shelter(wanted, user);
}

/**
 * Creates the folder and its parents one by one. One recursive call loops forever on a file system such as /proc, which
 * reports an existing folder as missing: node then creates the parent again and again.
 */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    // Another start created it first.
    if (!existsSync(path)) throw error;
  }
}

function openOwn(wanted: string): string {
  if (lstatSync(wanted, { throwIfNoEntry: false })?.isSymbolicLink()) followLink(wanted);
  try {
    makeFolder(wanted);
    accessSync(wanted, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new Error(
      `This user may not keep the database in ${wanted}: the folder, or the one around it, belongs to another user. Start ` +
        'the service as that user, or set DATA_DIR to another folder, or set DATABASE_URL to a running PostgreSQL.',
      { cause: error },
    );
  }
  return wanted;
}

function openFor(user: ServerUser, wanted: string): string {
  makeFolder(wanted);
  give(user, wanted);
  return wanted;
}

function followLink(wanted: string): string {
  if (existsSync(wanted)) return realpathSync(wanted);
  throw new Error(
    `${wanted} is a link to the folder of the database, and that folder is not there. Bring it back, or remove the link ` +
      'to begin with an empty database.',
  );
}

/**
 * A folder with files may hold a database from before the folder was closed to other users. An empty folder in its
 * place would look like a loss.
 */
function removeEmpty(wanted: string, user: ServerUser): void {
  if (readdirSync(wanted).length > 0) {
    throw new Error(
      `The database is in ${wanted}, and the user "${user.name}", who runs PostgreSQL because root may not, cannot enter ` +
        `it. Let others enter its parent folders (chmod o+x), or move the database to where they may: mv ${wanted} ` +
        `${nameFor(wanted)} && ln -s ${nameFor(wanted)} ${wanted}`,
    );
  }
  rmdirSync(wanted);
}

function shelter(wanted: string, user: ServerUser): string {
  openShelter();
  const made = mkdtempSync(`${nameFor(wanted)}-`);
  give(user, made);
  try {
    symlinkSync(made, wanted);
    return made;
  } catch (error) {
    rmdirSync(made);
    // Another start created its link first.
    if (lstatSync(wanted, { throwIfNoEntry: false })?.isSymbolicLink()) return followLink(wanted);
    throw error;
  }
}

/** A folder name that tells an operator whose data is below the shelter. */
function nameFor(wanted: string): string {
  const name = wanted.split(/[^A-Za-z0-9]+/).filter((part) => part !== '');
  return join(SHELTER, name.join('-').slice(-80));
}

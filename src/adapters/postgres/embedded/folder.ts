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
 * The folder that a server keeps its data in when it is asked to keep it in `wanted`, made if it is not there. It is that
 * folder, unless `user` cannot enter it: then it is one below {@link SHELTER}, and `wanted` becomes a link to it. So the
 * data moves with the project, and a project whose link is removed begins with an empty database.
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
 * Makes the folder and those around it. One call for all of them does not end where the file system says of a folder that is there that it
 * is not, as /proc does: node then makes the outer one again, and again.
 */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    // Another start was first.
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

/** A folder with something in it may be a database from before others were shut out: an empty one in its place would look like a loss. */
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
    // Another start was first with its link.
    if (lstatSync(wanted, { throwIfNoEntry: false })?.isSymbolicLink()) return followLink(wanted);
    throw error;
  }
}

/** Tells an operator who looks around below the shelter whose data this is. */
function nameFor(wanted: string): string {
  const name = wanted.split(/[^A-Za-z0-9]+/).filter((part) => part !== '');
  return join(SHELTER, name.join('-').slice(-80));
}

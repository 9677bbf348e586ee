import { chmodSync, mkdirSync } from 'node:fs';

/**
 * Started as root, the server is run by a user who may not enter the project's folder: root's home is closed to everybody
 * else. What that user needs is then kept here.
 */
export const SHELTER = '/var/lib/tandem';

export function openShelter(): void {
  mkdirSync(SHELTER, { recursive: true });
  // Whatever the umask says: others have to pass through it.
  chmodSync(SHELTER, 0o755);
}

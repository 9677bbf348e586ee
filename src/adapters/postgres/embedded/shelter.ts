import { chmodSync, mkdirSync } from 'node:fs';

/**
 * The folder for what the server's user needs, if the service starts as root. That user may be unable to enter the
 * project's folder: root's home is closed to all other users.
 */
export const SHELTER = '/var/lib/tandem';

export function openShelter(): void {
  mkdirSync(SHELTER, { recursive: true });
  // The mode must not depend on the umask: other users must be able to traverse the folder.
  chmodSync(SHELTER, 0o755);
}

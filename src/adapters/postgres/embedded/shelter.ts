import { chmodSync, mkdirSync } from 'node:fs';

/**
 * Started as root, the server is run by a user who may not enter the project's folder: root's home is closed to all
 * other users. The service then keeps here what that user needs.
 */
export const SHELTER = '/var/lib/tandem';

export function openShelter(): void {
  mkdirSync(SHELTER, { recursive: true });
  // The mode must not depend on the umask: other users have to pass through the folder.
  chmodSync(SHELTER, 0o755);
}

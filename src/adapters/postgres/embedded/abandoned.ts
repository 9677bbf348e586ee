import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Longer than any start needs to create a temporary file and move it into place. */
const ABANDONED_AFTER_MS = 600_000;

/** Removes temporary files that killed starts left in a folder. The file system's clock gives their age. */
export function removeAbandoned(folder: string, prefix: string, nowMs: number): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const stat = name.startsWith(prefix) ? statSync(path, { throwIfNoEntry: false }) : undefined;
    if (stat && nowMs - stat.mtimeMs > ABANDONED_AFTER_MS) rmSync(path, { recursive: true, force: true });
  }
}

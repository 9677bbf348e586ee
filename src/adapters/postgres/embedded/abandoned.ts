import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Longer than anything takes that is made under a name of its own before it takes its place. */
const ABANDONED_AFTER_MS = 600_000;

/** Removes what starts that were killed half way have left in a folder under such names. The time is the file system's own. */
export function removeAbandoned(folder: string, prefix: string, nowMs: number): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const stat = name.startsWith(prefix) ? statSync(path, { throwIfNoEntry: false }) : undefined;
    if (stat && nowMs - stat.mtimeMs > ABANDONED_AFTER_MS) rmSync(path, { recursive: true, force: true });
  }
}

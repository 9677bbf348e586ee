import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BUGS, type Patch } from './bugs';

/** dist/stress/planted -> dist/src */
const SOURCE = join(__dirname, '..', '..', 'src');

export function isFileOf({ file }: Patch, filename: string): boolean {
  return filename === join(SOURCE, file);
}

/** Throws unless the file contains the text exactly once. After such a change of the service, the bug must change too. */
export function apply({ file, find, replace }: Patch, content: string): string {
  const times = content.split(find).length - 1;
  if (times !== 1) throw new Error(`a planted bug no longer fits: its text stands ${times} times in ${file}, not once`);
  return content.replace(find, () => replace);
}

/** Checks that every bug can still be planted. The check is cheap, so a change of the service fails here before the long run does. */
export function expectBugsFit(): void {
  for (const { patches } of Object.values(BUGS)) {
    const texts = new Map<string, string>();
    for (const patch of patches) {
      const before = texts.get(patch.file) ?? readFileSync(join(SOURCE, patch.file), 'utf8');
      texts.set(patch.file, apply(patch, before));
    }
  }
}

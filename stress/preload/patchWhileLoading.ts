import Module from 'node:module';
import type { Patch } from '../planted/bugs';
import { apply, isFileOf } from '../planted/patch';

/** Node's own step from a file's text to its code. Every loaded file passes it. */
const COMPILE = '_compile';
type Compile = (this: unknown, content: string, filename: string, ...rest: unknown[]) => unknown;

/** Patches compiled files of the service while they are loaded. The load throws when a patch does not fit. */
export function patchWhileLoading(patches: readonly Patch[], patched: () => void = () => undefined): void {
  const loader = Module.prototype as unknown as Record<typeof COMPILE, Compile>;
  const compile: Compile = loader[COMPILE];
  loader[COMPILE] = function compilePatched(content, filename, ...rest) {
    let text = content;
    for (const patch of patches) {
      if (!isFileOf(patch, filename)) continue;
      text = apply(patch, text);
      patched();
    }
    return compile.call(this, text, filename, ...rest);
  };
}

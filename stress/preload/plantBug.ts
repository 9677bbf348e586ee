import { writeSync } from 'node:fs';
import Module from 'node:module';
import { BUGS } from '../planted/bugs';
import { apply, isFileOf } from '../planted/patch';

/** Loaded before the service: changes its compiled files while they are loaded, as the bug named in the environment says. */
const REPORT_FD = 3;

const name = process.env['STRESS_BUG'] ?? '';
const bug = BUGS[name];
if (!bug) throw new Error(`There is no bug called ${name}`);
const { patches } = bug;

/** Node's own step from the text of a file to its code; every loaded file passes it. */
const COMPILE = '_compile';
type Compile = (this: unknown, content: string, filename: string, ...rest: unknown[]) => unknown;

const loader = Module.prototype as unknown as Record<typeof COMPILE, Compile>;
const compile: Compile = loader[COMPILE];

loader[COMPILE] = function compileWithBug(content, filename, ...rest) {
  return compile.call(this, patched(content, filename), filename, ...rest);
};

function patched(content: string, filename: string): string {
  let text = content;
  for (const patch of patches) {
    if (!isFileOf(patch, filename)) continue;
    text = apply(patch, text);
    writeSync(REPORT_FD, `${JSON.stringify({ event: 'bug-planted', name })}\n`);
  }
  return text;
}

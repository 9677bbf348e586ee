import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** Between what one block printed and what the next one prints. */
const MARK = '@@@ next block @@@';
/** A line of its own for each answer, and no bar of progress. */
const CURL = 'curl() { command curl -s -m 60 "$@"; echo; }';

/** A block of lines for the shell, with what the page says of the last answer. */
export interface Block {
  readonly lines: string;
  readonly expected: unknown;
}

/** The blocks of a page, in order. A block of JSON belongs to the lines above it. */
export function blocksOf(page: string): Block[] {
  const found = [...page.matchAll(/```sh\n(.*?)```(?:\n\n```json\n(.*?)```)?/gs)];
  return found.map(([, lines = '', json]) => ({ lines, expected: json === undefined ? undefined : JSON.parse(json) }));
}

/** Runs all blocks in one shell, as a reader would who pastes them one after the other. Resolves to the last answer of each. */
export async function runBlocks(blocks: readonly Block[], url: string): Promise<unknown[]> {
  const lines = blocks.map((block) => block.lines.replaceAll('http://127.0.0.1:3000', url));
  const { stdout } = await run('sh', ['-ec', [CURL, ...lines].join(`\necho '${MARK}'\n`)], { timeout: 200_000 });
  return stdout
    .split(`${MARK}\n`)
    .slice(1)
    .map((told) => lastAnswer(told));
}

/** What lines print that are answered with something other than JSON. */
export async function shell(lines: string): Promise<string> {
  const { stdout } = await run('sh', ['-ec', lines], { timeout: 200_000 });
  return stdout;
}

function lastAnswer(told: string): unknown {
  const last = told.trimEnd().split('\n').at(-1);
  return last === undefined || last === '' ? undefined : JSON.parse(last);
}

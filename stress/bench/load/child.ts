import { type ChildProcess, spawn } from 'node:child_process';
import { endWithHarness } from '../../../test/kit/childProcess';
import { type LoadResult, LoadResultSchema } from './load';

/**
 * Runs a generator in a separate process and reads its result, the last line that it prints. Calls `onLine` with each
 * line that it writes to stderr.
 */
export async function runGenerator(
  program: string,
  args: readonly string[],
  onLine: (line: string, child: ChildProcess) => void = () => undefined,
): Promise<LoadResult> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  endWithHarness(child);
  let output = '';
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString('utf8');
  });
  child.stderr.on('data', (chunk: Buffer) => {
    const text = chunk.toString('utf8');
    said = (said + text).slice(-2_000);
    for (const line of text.split('\n')) onLine(line, child);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const last = output.trim().split('\n').at(-1) ?? '';
  if (code !== 0 || !last.startsWith('{'))
    throw new Error(`${program} ended with ${code}: ${said}${output.slice(-500)}`);
  return LoadResultSchema.parse(JSON.parse(last));
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { endWithHarness } from '../kit/childProcess';
import { REPOSITORY } from '../kit/startCommand';

export interface Ended {
  readonly code: number | null;
  /** The last message, without the JSON of its log line. */
  readonly last: string;
  readonly output: string;
}

/** Starts the service with an environment that it must refuse; resolves when it has exited. */
export async function runToEnd(env: Readonly<Record<string, string>>): Promise<Ended> {
  const child = spawn(process.execPath, [join(REPOSITORY, 'dist', 'src', 'main.js')], {
    env: { PATH: process.env['PATH'], PORT: '0', LOG_LEVEL: 'info', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  endWithHarness(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8');
    });
  }
  await once(child, 'close');
  const line = output.trimEnd().split('\n').at(-1) ?? '';
  const last = line.startsWith('{') ? String((JSON.parse(line) as { msg: unknown }).msg) : line.trim();
  return { code: child.exitCode, last, output };
}

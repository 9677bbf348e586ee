import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { bin } from '../../package.json';

export const PROGRAM = join(__dirname, '..', '..', bin.tandem);

export interface Ended {
  readonly code: number;
  readonly printed: string;
  readonly complained: string;
}

/** Runs the command as it was built. */
export function tandem(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return new Promise((done) => {
    const child = execFile(
      process.execPath,
      [PROGRAM, ...args],
      { env: { ...process.env, ...environment } },
      (_, printed, complained) => done({ code: child.exitCode ?? -1, printed, complained }),
    );
  });
}

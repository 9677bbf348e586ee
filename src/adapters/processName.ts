import { execFileSync } from 'node:child_process';

export interface RunningProcess {
  readonly parent: number;
  /** The program's file name, without its folder. */
  readonly name: string;
}

/** What runs under a process id, or none: nothing does, or this system has no `ps` to tell. */
export function processOf(pid: number): RunningProcess | undefined {
  try {
    const output = execFileSync('ps', ['-o', 'ppid=,comm=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [, parent, name] = /^\s*(\d+)\s+(?:.*\/)?(\S+)\s*$/.exec(output) ?? [];
    return parent === undefined || name === undefined ? undefined : { parent: Number(parent), name };
  } catch {
    // ps ends with 1 when there is no such process; a missing ps is no reason to fail either.
    return undefined;
  }
}

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

export interface RunningProcess {
  readonly parent: number;
  /** The program's file name, without its folder. */
  readonly name: string;
  /** The process has ended, but its parent has not reaped it, as in a container whose first process reaps no others. */
  readonly ended: boolean;
}

/** The process with this id. Undefined if there is none, or if this system does not tell. */
export function processOf(pid: number): RunningProcess | undefined {
  const output = existsSync('/proc/self/stat') ? fromProc(pid) : fromPs(pid);
  const [, name, state, parent] = output === undefined ? [] : (/\((?:.*\/)?(.+)\) (\S)\S* (\d+)/.exec(output) ?? []);
  if (name === undefined || parent === undefined) return undefined;
  return { parent: Number(parent), name, ended: state === 'Z' || state === 'X' };
}

/** Linux's format: pid (name) state parent …, with the name cut at 15 characters. A slim container has no `ps`. */
function fromProc(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
}

/** In the order of Linux's fields. */
function fromPs(pid: number): string | undefined {
  const ask = (field: string): string =>
    execFileSync('ps', ['-o', `${field}=`, '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  try {
    return `${pid} (${ask('comm')}) ${ask('stat')} ${ask('ppid')}`;
  } catch {
    // ps exits with 1 if there is no such process. A missing ps is no reason to fail either.
    return undefined;
  }
}

import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts CPU time in ticks of a hundredth of a second, whatever the kernel's own clock (proc(5), sysconf(3)). */
const MS_PER_TICK = 10;

interface Stat {
  readonly parent: number;
  /** Its own user and system time. */
  readonly ticks: number;
  /** Of children that have ended and were waited for. */
  readonly endedChildrenTicks: number;
}

/** CPU milliseconds that a process has used so far, in user and system time; 0 where there is no /proc. */
export function cpuMs(pid: number): number {
  return (statOf(pid)?.ticks ?? 0) * MS_PER_TICK;
}

/** The same for a process with all its children, those that have ended included. */
export function cpuMsOfFamily(pid: number): number {
  const parent = statOf(pid);
  if (!parent) return 0;
  const children = readdirSync('/proc').flatMap((name) => {
    const stat = /^\d+$/.test(name) ? statOf(Number(name)) : undefined;
    return stat?.parent === pid ? [stat.ticks + stat.endedChildrenTicks] : [];
  });
  return children.reduce((total, ticks) => total + ticks, parent.ticks + parent.endedChildrenTicks) * MS_PER_TICK;
}

function statOf(pid: number): Stat | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined; // the process has ended, or this is not Linux
  }
  // The name stands in parentheses and may hold anything; the fields after it are numbers, the first one the third.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const field = (number: number): number => Number(fields[number - 3]);
  return { parent: field(4), ticks: field(14) + field(15), endedChildrenTicks: field(16) + field(17) };
}

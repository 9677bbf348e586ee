import { readdirSync, readFileSync } from 'node:fs';

/** Linux reports CPU time in ticks of a hundredth of a second, whatever the kernel's own clock (proc(5), sysconf(3)). */
const MS_PER_TICK = 10;

interface Stat {
  readonly parent: number;
  /** The process's own user and system time. */
  readonly ticks: number;
  /** The time of children that have ended and were waited for. */
  readonly endedChildrenTicks: number;
}

/** CPU milliseconds that a process has used so far, in user and system time; 0 without /proc. */
export function cpuMs(pid: number): number {
  return (statOf(pid)?.ticks ?? 0) * MS_PER_TICK;
}

/** The same for a process and all its children, including ended ones. */
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
  // The name is in parentheses and may contain anything. The fields after it are numbers; the first of them is field 3.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const field = (number: number): number => Number(fields[number - 3]);
  return { parent: field(4), ticks: field(14) + field(15), endedChildrenTicks: field(16) + field(17) };
}

/** Every kind of fault that a schedule may contain, with its effect. */
export const FAULT_KINDS = {
  kill: 'SIGKILL of a process, started again at once',
  bomb: 'a process is restarted so that it kills itself with SIGKILL at the n-th hit of a named crash point',
  pause: 'SIGSTOP for longer than the job lock and the transfer deadline, then SIGCONT',
  term: 'SIGTERM under load; the process must exit 0, then it is started again',
  cut: 'pg_terminate_backend of every connection of every process',
  'pg-crash': 'PostgreSQL stopped with immediate and started again',
  'pg-away': 'PostgreSQL away for seconds',
  'pg-stall': 'SIGSTOP of one PostgreSQL backend that works for a process, for seconds, with whatever it holds',
  'pg-disk': 'the disk under the tables is full (53100) for seconds, and has room again',
  'pg-failover': 'the primary killed with SIGKILL, its synchronous standby promoted behind the same address',
  'pg-crowd': 'a process killed and started again while PostgreSQL has no free connection; it must wait for one',
  'row-lock': 'another session locks one row of a transfer, a journal or the totals, for longer than every timeout',
  'redis-crash': 'Redis killed and started again empty',
  'redis-flush': 'FLUSHALL',
  'redis-full': 'Redis out of memory for seconds',
  'redis-readonly': 'Redis read-only for seconds, as the replica of a server that is not there',
  'redis-freeze': 'SIGSTOP of Redis for seconds: its connections stay, and it answers nothing',
  duplicate: 'the next jobs of a process are delivered three times, concurrently: two drivers on one transaction',
} as const;

export type FaultKind = keyof typeof FAULT_KINDS;

/** How often each kind happens, per minute. */
export type FaultRates = Readonly<Partial<Record<FaultKind, number>>>;

/** What a kind needs beside the processes and a PostgreSQL server. */
export type Needed = 'redis' | 'small disk' | 'standby';

const NEEDS: Readonly<Partial<Record<FaultKind, Needed>>> = {
  'redis-crash': 'redis',
  'redis-flush': 'redis',
  'redis-full': 'redis',
  'redis-readonly': 'redis',
  'redis-freeze': 'redis',
  'pg-disk': 'small disk',
  'pg-failover': 'standby',
};
const PROCESS_KINDS: readonly FaultKind[] = ['kill', 'bomb', 'pause', 'term', 'duplicate', 'pg-crowd'];

export function isFaultKind(text: string): text is FaultKind {
  return Object.hasOwn(FAULT_KINDS, text);
}

export function faultKinds(): FaultKind[] {
  return Object.keys(FAULT_KINDS).filter(isFaultKind);
}

/** Whether the kind hits one process. The other kinds hit a server that all processes share. */
export function hitsOneProcess(kind: FaultKind): boolean {
  return PROCESS_KINDS.includes(kind);
}

export function needOf(kind: FaultKind): Needed | undefined {
  return NEEDS[kind];
}

/** Whether the kind happens at most once in a run: afterwards there is no standby. */
export function isOnce(kind: FaultKind): boolean {
  return kind === 'pg-failover';
}

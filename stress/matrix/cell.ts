import { CRASH_POINTS, type CrashPoint } from '../../src/engine/crashPoint';
import type { Invariant, Violation } from '../base/invariants';

/** What happens to a process in the moment in which it passes a crash point. */
export const MATRIX_FAULTS = ['SIGKILL', 'SIGSTOP past the deadline', 'database cut'] as const;
export type MatrixFault = (typeof MATRIX_FAULTS)[number];

/** `shared`: what follows is written with what went before, in one statement; `general`: each by itself. */
export type Path = 'shared' | 'general';

/** The points that lie on each path. On the shared one the others are inside of a statement, which lands or does not. */
const ON_SHARED_PATH: readonly CrashPoint[] = ['request-read', 'created', 'decided', 'finished'];

export interface Window {
  readonly point: CrashPoint;
  readonly path: Path;
}

export const WINDOWS: readonly Window[] = CRASH_POINTS.flatMap((point): readonly Window[] => {
  const general = { point, path: 'general' } as const;
  return ON_SHARED_PATH.includes(point) ? [{ point, path: 'shared' }, general] : [general];
});

export interface Cell extends Window {
  readonly fault: MatrixFault;
  readonly backend: 'redis' | 'postgres';
}

export function nameOfCell({ point, path, fault, backend }: Cell): string {
  return `${point} (${path} path) x ${fault} on ${backend}`;
}

export interface CellResult extends Cell {
  /** The process did pass the point. */
  readonly reached: boolean;
  /** How the transfer ended, by the client's knowledge. */
  readonly ended: string;
  /** From the fault to the end as the database has it; 0 when it was final before. */
  readonly finalAfterMs: number;
  readonly evaluations: Readonly<Record<Invariant, number>>;
  readonly violations: readonly Violation[];
}

const ABORT_POINTS: readonly CrashPoint[] = ['one-aborted', 'branches-aborted'];
const UNDECIDED_POINTS: readonly CrashPoint[] = ['created', 'one-prepared', 'prepared'];

/** A transfer that the origin cannot pay passes the points of an abort. */
export function isAbortPoint(point: CrashPoint): boolean {
  return ABORT_POINTS.includes(point);
}

/** On the shared path only another process than the one that leads stores a record before it is driven. */
export function isOfFollower({ point, path }: Window): boolean {
  return point === 'created' && path === 'shared';
}

/** The ends that are right for a cell. What is decided stays decided; what is not may meet its deadline. */
export function rightEnds(cell: Cell): readonly string[] {
  const { point, fault } = cell;
  if (isAbortPoint(point)) return ['refused: insufficient-funds'];
  if (!UNDECIDED_POINTS.includes(point)) return ['applied'];
  // The process that leads is there all the time, and finds what the other left when it looks.
  if (isOfFollower(cell)) return ['applied', 'timed-out'];
  return fault === 'SIGSTOP past the deadline' ? ['timed-out'] : ['applied', 'timed-out'];
}

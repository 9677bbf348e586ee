import { CRASH_POINTS, type CrashPoint } from '../../src/engine/crashPoint';
import type { Invariant, Violation } from '../base/invariants';

/** What happens to a process at the moment when it passes a crash point. */
export const MATRIX_FAULTS = ['SIGKILL', 'SIGSTOP past the deadline', 'database cut'] as const;
export type MatrixFault = (typeof MATRIX_FAULTS)[number];

/** `statement`: one statement carries out as much as it can. `steps`: each call to an account is durable before the next. */
export type Way = 'statement' | 'steps';

/** The crash points between statements that carry out as much as they can. The other points are inside of one, which lands or does not. */
const BETWEEN_STATEMENTS: readonly CrashPoint[] = ['request-read', 'created', 'decided', 'finished'];

export interface Window {
  readonly point: CrashPoint;
  readonly way: Way;
}

export const WINDOWS: readonly Window[] = CRASH_POINTS.flatMap((point): readonly Window[] => {
  const steps = { point, way: 'steps' } as const;
  return BETWEEN_STATEMENTS.includes(point) ? [{ point, way: 'statement' }, steps] : [steps];
});

export interface Cell extends Window {
  readonly fault: MatrixFault;
  readonly backend: 'redis' | 'postgres';
}

export function nameOfCell({ point, way, fault, backend }: Cell): string {
  return `${point} (${way}) x ${fault} on ${backend}`;
}

export interface CellResult extends Cell {
  /** Whether the process passed the point. */
  readonly reached: boolean;
  /** How the transfer ended, as far as the client knows. */
  readonly ended: string;
  /** Milliseconds from the fault to the end in the database; 0 if the transfer was final before. */
  readonly finalAfterMs: number;
  readonly evaluations: Readonly<Record<Invariant, number>>;
  readonly violations: readonly Violation[];
}

const ABORT_POINTS: readonly CrashPoint[] = ['one-aborted', 'branches-aborted'];
const UNDECIDED_POINTS: readonly CrashPoint[] = ['created', 'one-prepared', 'prepared'];

/** Whether only an abort passes the point. The cell's transfer is then one that the origin cannot pay. */
export function isAbortPoint(point: CrashPoint): boolean {
  return ABORT_POINTS.includes(point);
}

/**
 * Whether only a process that does not lead passes the point. A process that leads stores no record without carrying it
 * out.
 */
export function isOfFollower({ point, way }: Window): boolean {
  return point === 'created' && way === 'statement';
}

/** Whether only a capture passes the point: any other decision is in one statement with its end. */
export function isOfCapture({ point, way }: Window): boolean {
  return point === 'decided' && way === 'statement';
}

/** The correct ends for a cell. A decided transfer keeps its decision; an undecided one may reach its deadline. */
export function rightEnds(cell: Cell): readonly string[] {
  const { point, fault } = cell;
  if (isAbortPoint(point)) return ['refused: insufficient-funds'];
  if (isOfCapture(cell)) return ['captured in full'];
  if (!UNDECIDED_POINTS.includes(point)) return ['applied'];
  // The leading process runs all the time, and finds the other process's transfer when it looks.
  if (isOfFollower(cell)) return ['applied', 'timed-out'];
  return fault === 'SIGSTOP past the deadline' ? ['timed-out'] : ['applied', 'timed-out'];
}

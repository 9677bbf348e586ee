import type { CrashPoint } from '../../src/engine/crashPoint';
import type { Invariant, Violation } from '../base/invariants';

/** What happens to a process in the moment in which it passes a crash point. */
export const MATRIX_FAULTS = ['SIGKILL', 'SIGSTOP past the deadline', 'database cut'] as const;
export type MatrixFault = (typeof MATRIX_FAULTS)[number];

export interface Cell {
  readonly point: CrashPoint;
  readonly fault: MatrixFault;
  readonly backend: 'redis' | 'postgres';
}

export function nameOfCell({ point, fault, backend }: Cell): string {
  return `${point} x ${fault} on ${backend}`;
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

/** The ends that are right for a cell. What is decided stays decided; what is not may meet its deadline. */
export function rightEnds({ point, fault }: Cell): readonly string[] {
  if (isAbortPoint(point)) return ['refused: insufficient-funds'];
  if (!UNDECIDED_POINTS.includes(point)) return ['applied'];
  return fault === 'SIGSTOP past the deadline' ? ['timed-out'] : ['applied', 'timed-out'];
}

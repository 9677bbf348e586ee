import { channel } from 'node:diagnostics_channel';

/**
 * The points at which tests kill the process, in the order in which a transaction passes them. `one-` names the window
 * in which some of several branches have answered and the others have not. Without a branch elsewhere, the points
 * between `created` and `decided`, and between `decided` and `finished`, are inside of one statement.
 */
export const CRASH_POINTS = [
  'request-read',
  'created',
  'one-prepared',
  'prepared',
  'decided',
  'one-committed',
  'branches-committed',
  'one-aborted',
  'branches-aborted',
  'finished',
] as const;

export type CrashPoint = (typeof CRASH_POINTS)[number];

const points = channel('tandem:crash-point');

/**
 * Tells the listeners of the diagnostics channel that the transaction has reached this point. Without a listener the
 * call costs one check.
 */
export function crashPoint(name: CrashPoint, transactionId?: string): void {
  if (points.hasSubscribers) points.publish({ name, transactionId });
}

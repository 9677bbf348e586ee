import { channel } from 'node:diagnostics_channel';

/**
 * The places at which a death is worth a test, in the order a transaction passes them. `one-` names the window in which
 * the first of several branches has answered and the others have not. Those between `created` and `decided`, and those
 * between `decided` and `finished`, are of the general path: on the joined one they are inside of one statement.
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

/** Tells the listeners of the diagnostics channel that this point is reached. Costs one check without a listener. */
export function crashPoint(name: CrashPoint, transactionId?: string): void {
  if (points.hasSubscribers) points.publish({ name, transactionId });
}

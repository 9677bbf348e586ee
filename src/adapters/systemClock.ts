import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import type { Clock } from '../engine/clock';

/** This machine's time of day in milliseconds: for hints and for people, never for decisions. */
export const wallClockMs = (): number => Date.now();

/**
 * Keeps the last result: transfers that one statement wrote have one instant, and nearly always one timeout. Each takes
 * a microsecond otherwise.
 */
function rememberingLast(after: Clock['after']): Clock['after'] {
  let last = { at: '', ms: 0, after: '' };
  return (at, ms) => {
    if (last.at !== at || last.ms !== ms) last = { at, ms, after: after(at, ms) };
    return last.after;
  };
}

/** This machine's clock. Nothing durable depends on it: the database sets the instants that matter. */
export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  sleep: (ms) => setTimeout(ms),
  after: rememberingLast((at, ms) => new Date(Date.parse(at) + ms).toISOString()),
  random: () => Math.random(),
};

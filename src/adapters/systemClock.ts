import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import type { Clock } from '../engine/clock';

/** This machine's time of day in milliseconds: for hints and for people, never for decisions. */
export const wallClockMs = (): number => Date.now();

/** This machine's clock. Nothing durable depends on it: the database sets the instants that matter. */
export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  sleep: (ms) => setTimeout(ms),
  after: (at, ms) => new Date(Date.parse(at) + ms).toISOString(),
  random: () => Math.random(),
};

import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import type { Clock } from '../engine/clock';

/** The time of day here, in milliseconds: for hints and for people, never to decide by. */
export const wallClockMs = (): number => Date.now();

/** This machine's clock. Nothing durable depends on it: instants that matter are the database's. */
export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  sleep: (ms) => setTimeout(ms),
  after: (at, ms) => new Date(Date.parse(at) + ms).toISOString(),
  random: () => Math.random(),
};

import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import type { Clock } from '../engine/ports';

/** The time of day here, in milliseconds: for hints and for people, never to decide by. */
export const wallClockMs = (): number => Date.now();

/** This machine's clock. Nothing durable depends on it: instants that matter are the database's. */
export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  sleep: (ms) => setTimeout(ms),
  random: () => Math.random(),
};

import type { Log } from '../engine/log';
import { within } from './timing';

type Stop = () => Promise<void>;

/** The time that a part may take to stop, unless it says otherwise. Work that it leaves undone is safe to leave. */
const STOP_MS = 1_000;

/** Stops what was started, in the opposite order. */
export class Lifecycle {
  private readonly stops: { readonly name: string; readonly stop: Stop; readonly ms: number }[] = [];

  constructor(private readonly log: Log) {}

  /** Says how to stop something that has just been started, and how many milliseconds that may take. */
  started(name: string, stop: Stop, ms = STOP_MS): void {
    this.stops.push({ name, stop, ms });
  }

  /** Stops everything, the last started first. A part that fails to stop, or not in time, is logged and delays no other part. */
  async stop(): Promise<void> {
    for (let last = this.stops.pop(); last; last = this.stops.pop()) {
      const { name, stop, ms } = last;
      try {
        if (!(await within(ms, stop())))
          this.log.warn({ part: name, ms }, 'a part of the service did not stop in time');
      } catch (error) {
        this.log.error({ err: error, part: name }, 'a part of the service did not stop cleanly');
      }
    }
  }
}

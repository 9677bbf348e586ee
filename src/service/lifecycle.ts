import type { Log } from '../engine/log';
import { within } from './timing';

type Stop = () => Promise<void>;

/** The time limit for a part to stop, unless the part sets another one. A part may leave its work unfinished. */
const STOP_MS = 1_000;

/** Stops the started parts in reverse order. */
export class Lifecycle {
  private readonly stops: { readonly name: string; readonly stop: Stop; readonly ms: number }[] = [];

  constructor(private readonly log: Log) {}

  /** Registers how to stop a part that was just started, and the time limit for it in milliseconds. */
  started(name: string, stop: Stop, ms = STOP_MS): void {
    this.stops.push({ name, stop, ms });
  }

  /** Stops every part, the last started first. A part that fails to stop, or exceeds its limit, is logged and delays no other part. */
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

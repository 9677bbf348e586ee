import type { Log } from './engine/ports';

type Stop = () => Promise<void>;

/** What was started, to be stopped in the opposite order. */
export class Lifecycle {
  private readonly stops: { readonly name: string; readonly stop: Stop }[] = [];

  constructor(private readonly log: Log) {}

  /** Says how to stop something that has just been started. */
  started(name: string, stop: Stop): void {
    this.stops.push({ name, stop });
  }

  /** Stops everything, the last started first. What cannot be stopped is logged and does not keep the rest. */
  async stop(): Promise<void> {
    for (let last = this.stops.pop(); last; last = this.stops.pop()) {
      try {
        await last.stop();
      } catch (error) {
        this.log.error({ err: error, part: last.name }, 'a part of the service did not stop cleanly');
      }
    }
  }
}

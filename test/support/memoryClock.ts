import type { Clock } from '../../src/engine/clock';

/** A clock that moves when it is told to. Sleeping takes one turn of the event loop and is written down. */
export class MemoryClock implements Clock {
  nowMs = 0;
  readonly sleeps: number[] = [];
  /** What `random` answers. */
  chance = 0.5;

  monotonicMs(): number {
    return this.nowMs;
  }

  async sleep(ms: number): Promise<void> {
    this.sleeps.push(ms);
    await new Promise((done) => setImmediate(done));
  }

  after(at: string, ms: number): string {
    return new Date(Date.parse(at) + ms).toISOString();
  }

  random(): number {
    return this.chance;
  }
}

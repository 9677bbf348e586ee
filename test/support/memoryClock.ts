import type { Clock } from '../../src/engine/clock';

/** A clock that a test moves. Sleeping takes one turn of the event loop and is recorded. */
export class MemoryClock implements Clock {
  nowMs = 0;
  readonly sleeps: number[] = [];
  /** The value that `random` returns. */
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

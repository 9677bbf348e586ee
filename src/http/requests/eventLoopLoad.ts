import { type EventLoopUtilization, performance } from 'node:perf_hooks';

const SAMPLE_MS = 500;
/** An older sample says nothing of the load now. */
const OUTDATED_MS = 5_000;
const HIGH = 0.6;

/** How busy this process is: the share of the last half second or more in which its event loop had something to do. */
export class EventLoopLoad {
  private sample: EventLoopUtilization = performance.eventLoopUtilization();
  private sampledMs = performance.now();
  private utilization = 0;

  get isHigh(): boolean {
    const nowMs = performance.now();
    const ageMs = nowMs - this.sampledMs;
    if (ageMs >= SAMPLE_MS) {
      const now = performance.eventLoopUtilization();
      this.utilization = ageMs >= OUTDATED_MS ? 0 : performance.eventLoopUtilization(now, this.sample).utilization;
      this.sample = now;
      this.sampledMs = nowMs;
    }
    return this.utilization >= HIGH;
  }
}

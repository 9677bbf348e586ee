import { wallClockMs } from '../systemClock';
import type { CoordinatorQueue } from './backend';

/**
 * How long the first job in the queue has waited, as last asked. It is what keeps an overload from feeding itself:
 * transfers that are taken in faster than they are driven would all time out, the later ones behind the earlier ones.
 * The time is the producer's, so that it is a hint among machines whose clocks differ.
 */
export class QueueDepth {
  private waitedMs = 0;

  constructor(
    private readonly queue: Pick<CoordinatorQueue, 'getWaiting'>,
    private readonly waitMaxMs: number,
  ) {}

  tooDeep(): boolean {
    return this.waitedMs > this.waitMaxMs;
  }

  async measure(): Promise<void> {
    // What cannot be asked is away, which is known by other means, and no reason to refuse once it is back.
    this.waitedMs = 0;
    const [oldest] = await this.queue.getWaiting(0, 0);
    if (oldest) this.waitedMs = wallClockMs() - oldest.timestamp;
  }
}

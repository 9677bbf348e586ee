import { wallClockMs } from '../systemClock';
import type { CoordinatorQueue } from './backend';

/** Jobs at the head of the queue among which a drive job is looked for. */
const LOOKED_AT = 10;

/**
 * How long the first drive job in the queue has waited, as last asked. It is what keeps an overload from feeding itself:
 * transfers that are taken in faster than they are driven would all time out, the later ones behind the earlier ones.
 * The time is the producer's, so that it is a hint among machines whose clocks differ.
 */
export class QueueDepth {
  private waitedMs = 0;
  private waitedBeforeMs = 0;

  constructor(
    private readonly queue: Pick<CoordinatorQueue, 'getWaiting'>,
    private readonly waitMaxMs: number,
  ) {}

  tooDeep(): boolean {
    // Twice in a row: what a killed process left waiting is seen once, by the next one that starts.
    return Math.min(this.waitedMs, this.waitedBeforeMs) > this.waitMaxMs;
  }

  async measure(): Promise<void> {
    // A queue that cannot be asked is away. Other parts find that out, and it is no reason to refuse once the queue is back.
    let waitedMs = 0;
    try {
      // Only drive jobs are never delayed: the queue does not tell since when a resume or a sweep could have run.
      const first = await this.queue.getWaiting(0, LOOKED_AT - 1);
      const oldest = first.find(({ name }) => name === 'drive');
      if (oldest) waitedMs = wallClockMs() - oldest.timestamp;
    } finally {
      this.waitedBeforeMs = this.waitedMs;
      this.waitedMs = waitedMs;
    }
  }
}

import { wallClockMs } from '../systemClock';
import type { CoordinatorQueue } from './backend';

/** How many jobs at the head of the queue are searched for a drive job. */
const LOOKED_AT = 10;

/**
 * How long the first drive job in the queue has waited, as of the last poll. A limit on it keeps an overload from feeding
 * itself: if transfers were accepted faster than they are driven, all would time out, each behind earlier ones. The
 * producer's clock sets the time, so the age is only a hint between machines whose clocks differ.
 */
export class QueueDepth {
  private waitedMs = 0;
  private waitedBeforeMs = 0;

  constructor(
    private readonly queue: Pick<CoordinatorQueue, 'getWaiting'>,
    private readonly waitMaxMs: number,
  ) {}

  tooDeep(): boolean {
    // Both of the last two polls must exceed the limit. A process that starts sees once what a killed process left
    // waiting.
    return Math.min(this.waitedMs, this.waitedBeforeMs) > this.waitMaxMs;
  }

  async measure(): Promise<void> {
    // A queue that does not answer is away. Other parts detect that, and it is no reason to refuse once the queue is
    // back.
    let waitedMs = 0;
    try {
      // Only drive jobs are never delayed. For a resume or a sweep the queue does not tell since when it could have
      // run.
      const first = await this.queue.getWaiting(0, LOOKED_AT - 1);
      const oldest = first.find(({ name }) => name === 'drive');
      if (oldest) waitedMs = wallClockMs() - oldest.timestamp;
    } finally {
      this.waitedBeforeMs = this.waitedMs;
      this.waitedMs = waitedMs;
    }
  }
}

import type { TransactionId } from '../../domain/ids';
import { UnavailableError } from '../../engine/faults';
import type { Resumption } from '../../engine/transactions/record';
import type { UnansweredCall } from '../../engine/transactions/unanswered';
import type { WakeUps } from '../../engine/transactions/wakeUps';
import { wallClockMs } from '../systemClock';
import type { QueueBackend } from './backend';
import { askOptions, driveOptions, type JobRetention, resumeOptions } from './jobs';
import type { QueueDepth } from './queueDepth';

/** Wake-ups as BullMQ jobs. */
export class BullmqWakeUps implements WakeUps {
  private added = 0;

  constructor(
    private readonly backend: QueueBackend,
    private readonly retention: JobRetention,
    private readonly depth: QueueDepth,
    /** Whether some process runs the jobs. */
    private readonly areJobsRun: () => boolean,
  ) {}

  get pauseMs(): number {
    return this.backend.pauseMs;
  }

  available(): boolean {
    return this.backend.available();
  }

  attended(): boolean {
    return this.areJobsRun();
  }

  overloaded(): boolean {
    return this.depth.tooDeep();
  }

  async drive(ids: readonly TransactionId[]): Promise<void> {
    this.expectAvailable();
    const options = driveOptions(this.retention, this.added);
    this.added += 1;
    await this.backend.queue.add('drive', { transactions: ids }, options);
  }

  async resume(resumptions: readonly Resumption[], delayMs: number): Promise<void> {
    this.expectAvailable();
    await this.backend.queue.addBulk(
      resumptions.map((resumption) => ({
        name: 'resume',
        data: { transaction: resumption.id, attempt: resumption.attempts },
        opts: resumeOptions(resumption, delayMs, this.retention),
      })),
    );
  }

  async askAgain(id: TransactionId, call: UnansweredCall, delayMs: number): Promise<void> {
    this.expectAvailable();
    const { branch, call: type, attempts, error } = call;
    const nextAt = new Date(wallClockMs() + delayMs).toISOString();
    const data = { transaction: id, branch, call: type, attempt: attempts, lastError: error, nextAt };
    await this.backend.queue.add('ask', data, askOptions(id, call, delayMs));
  }

  private expectAvailable(): void {
    if (!this.available()) throw new UnavailableError('The job queue is away', 'not-started', { away: 'queue' });
  }
}

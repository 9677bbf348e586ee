import type { TransactionId } from '../../src/domain/ids';
import { UnavailableError } from '../../src/engine/faults';
import type { Resumption } from '../../src/engine/transactions/record';
import type { UnansweredCall } from '../../src/engine/transactions/unanswered';
import type { WakeUps } from '../../src/engine/transactions/wakeUps';

/** Records every wake-up and delivers none, unless `onDrive` or `onResume` do. */
export class MemoryWakeUps implements WakeUps {
  readonly drives: (readonly TransactionId[])[] = [];
  readonly resumes: (Resumption & { readonly delayMs: number })[] = [];
  readonly asks: (UnansweredCall & { readonly id: TransactionId; readonly delayMs: number })[] = [];
  pauseMs = 0;
  /** Whether the queue can be reached. */
  reachable = true;
  /** Whether a process runs the wake-ups. */
  heard = true;
  /** Whether too many wake-ups wait. */
  behind = false;
  onDrive: (ids: readonly TransactionId[]) => Promise<void> = () => Promise.resolve();
  onResume: (resumptions: readonly Resumption[], delayMs: number) => Promise<void> = () => Promise.resolve();

  async drive(ids: readonly TransactionId[]): Promise<void> {
    this.expectReachable();
    this.drives.push(ids);
    await this.onDrive(ids);
  }

  async resume(resumptions: readonly Resumption[], delayMs: number): Promise<void> {
    this.expectReachable();
    for (const { id, attempts } of resumptions) {
      const isSent = this.resumes.some((sent) => sent.id === id && sent.attempts === attempts);
      if (!isSent) this.resumes.push({ id, attempts, delayMs });
    }
    await this.onResume(resumptions, delayMs);
  }

  async askAgain(id: TransactionId, { branch, call, attempts, error }: UnansweredCall, delayMs: number): Promise<void> {
    this.expectReachable();
    const isSent = this.asks.some(
      (sent) => sent.id === id && sent.branch === branch && sent.call === call && sent.attempts === attempts,
    );
    if (!isSent) this.asks.push({ id, branch, call, attempts, error, delayMs });
  }

  private expectReachable(): void {
    if (!this.reachable) throw new UnavailableError('The job queue is away', 'not-started', { away: 'queue' });
  }

  available(): boolean {
    return this.reachable;
  }

  attended(): boolean {
    return this.heard;
  }

  overloaded(): boolean {
    return this.behind;
  }
}

import type { TransactionId } from '../../src/domain/ids';
import type { Resumption } from '../../src/engine/transactions/record';
import type { WakeUps } from '../../src/engine/transactions/wakeUps';

/** Writes down every wake-up and delivers none, unless `onDrive` or `onResume` do. */
export class MemoryWakeUps implements WakeUps {
  readonly drives: (readonly TransactionId[])[] = [];
  readonly resumes: (Resumption & { readonly delayMs: number })[] = [];
  pauseMs = 0;
  /** Whether the queue can be reached. */
  reachable = true;
  /** Whether a process runs what is woken. */
  heard = true;
  /** Whether too many wake-ups wait. */
  behind = false;
  onDrive: (ids: readonly TransactionId[]) => Promise<void> = () => Promise.resolve();
  onResume: (resumptions: readonly Resumption[], delayMs: number) => Promise<void> = () => Promise.resolve();

  drive(ids: readonly TransactionId[]): Promise<void> {
    this.drives.push(ids);
    return this.onDrive(ids);
  }

  resume(resumptions: readonly Resumption[], delayMs: number): Promise<void> {
    for (const resumption of resumptions) this.resumes.push({ ...resumption, delayMs });
    return this.onResume(resumptions, delayMs);
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

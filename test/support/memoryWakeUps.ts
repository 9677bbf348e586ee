import type { TransactionId } from '../../src/domain/ids';
import type { Resumption, WakeUps } from '../../src/engine/ports';

/** Writes down every wake-up and delivers none, unless `onDrive` or `onResume` do. */
export class MemoryWakeUps implements WakeUps {
  readonly drives: (readonly TransactionId[])[] = [];
  readonly resumes: (Resumption & { readonly delayMs: number })[] = [];
  pauseMs = 0;
  /** Whether the queue can be reached. */
  reachable = true;
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

  overloaded(): boolean {
    return this.behind;
  }
}

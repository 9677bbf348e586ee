import { reasonOf } from '../adapters/unreachable';
import type { Log } from '../engine/log';
import type { Readiness } from '../http/deps';
import { BRINGS_NO_JOBS } from './readiness';

/** The message for a check that passes again. The check's detail is the message when it fails. */
const BACK: ReadonlyMap<string, string> = new Map([
  ['database', 'the database answers again'],
  ['queue', 'the job queue is back'],
  ['sweep', 'jobs are run again'],
]);
/** Sweeps are late after an outage of the database or the queue. Only after this long do they count as missing. */
const SWEEPS_MISSING_MS = 5_000;
/** Many parts suspect the same outage at the same time. */
const PAUSE_MS = 250;

/**
 * Checks the readiness of this process: when it is told to, and when a part of the service suspects an outage. Once the
 * process was ready, logs one line when something goes away and one when it is back.
 */
export class ReadinessWatch {
  private readiness: (() => Promise<Readiness>) | undefined;
  private latest: Readiness | undefined;
  private readonly failingSinceMs = new Map<string, number>();
  private readonly away = new Map<string, number>();
  private checking: Promise<void> | undefined;
  private checkedMs = Number.NEGATIVE_INFINITY;
  private reason: string | undefined;
  private wasReady = false;
  private tellReady: () => void = () => undefined;

  /** Resolves the first time that everything this process needs is available. */
  readonly ready = new Promise<void>((resolve) => {
    this.tellReady = resolve;
  });

  constructor(private readonly log: Log) {}

  begin(readiness: () => Promise<Readiness>): void {
    this.readiness = readiness;
  }

  /** Ignores later outages, because the process stops. */
  end(): void {
    this.readiness = undefined;
  }

  /** Whether some process runs jobs, as far as this process knows. */
  get areJobsRun(): boolean {
    return !this.away.has('sweep');
  }

  /** What this process lacks to be ready, as of the last check. */
  get lacks(): string {
    const failing = Object.values(this.latest?.checks ?? {}).filter(({ ok }) => !ok);
    return [...new Set(failing.map(({ detail }) => detail))].join('; ');
  }

  /** Sets the likely cause of the next outage. */
  because(error: unknown): void {
    this.reason = reasonOf(error);
  }

  suspect(error: unknown): void {
    if (this.away.size === 0 && !isFollowUp(error)) this.because(error);
    if (performance.now() - this.checkedMs > PAUSE_MS) void this.check();
  }

  check(): Promise<void> {
    this.checking ??= this.look().finally(() => {
      this.checking = undefined;
      this.checkedMs = performance.now();
    });
    return this.checking;
  }

  private async look(): Promise<void> {
    if (this.readiness) this.see(await this.readiness());
  }

  /** Records a result, from this watch or from a caller of the health route, so that the log and the answers agree. */
  see({ ready, checks }: Readiness): void {
    if (!this.readiness) return;
    this.latest = { ready, checks };
    if (ready && !this.wasReady) {
      this.wasReady = true;
      this.tellReady();
    }
    for (const [name, back] of BACK) {
      const { ok, detail = name } = checks[name] ?? { ok: true };
      // Without the database this process cannot know who runs the jobs.
      if (name === 'sweep' && checks['database']?.ok === false) this.failingSinceMs.delete(name);
      else if (ok) this.noteBack(name, back);
      else this.noteAway(name, detail);
    }
    if (this.failingSinceMs.size === 0) this.reason = undefined;
  }

  private noteAway(name: string, detail: string): void {
    const nowMs = performance.now();
    const sinceMs = this.failingSinceMs.get(name) ?? nowMs;
    this.failingSinceMs.set(name, sinceMs);
    const isLate = name === 'sweep' || detail === BRINGS_NO_JOBS;
    if (this.away.has(name) || (isLate && nowMs - sinceMs < SWEEPS_MISSING_MS)) return;
    this.away.set(name, sinceMs);
    if (this.wasReady) this.log.warn(isLate || this.reason === undefined ? {} : { reason: this.reason }, detail);
  }

  private noteBack(name: string, back: string): void {
    this.failingSinceMs.delete(name);
    const sinceMs = this.away.get(name);
    this.away.delete(name);
    if (sinceMs === undefined || !this.wasReady) return;
    this.log.info({ awayMs: Math.round(performance.now() - sinceMs) }, back);
  }
}

/** Whether ioredis only reports a command without a connection, and not the cause. */
function isFollowUp(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("Stream isn't writeable");
}

import { reasonOf } from '../adapters/unreachable';
import type { Log } from '../engine/log';
import type { Readiness } from '../http/deps';
import { BRINGS_NO_JOBS } from './readiness';

/** What is said when a check no longer fails; its detail is what is said when it does. */
const BACK: ReadonlyMap<string, string> = new Map([
  ['database', 'the database answers again'],
  ['queue', 'the job queue is back'],
  ['sweep', 'jobs are run again'],
]);
/** Sweeps are late after an outage of the database or the queue; after this long they count as missing. */
const SWEEPS_MISSING_MS = 5_000;
/** Many parts suspect the same outage at once. */
const PAUSE_MS = 250;

/**
 * Looks at the readiness of this process: whenever it is told to, and when a part of the service suspects that something is
 * away. Says once what went away and once that it is back, from the time on that the process was ready.
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

  /** Resolves when everything that this process needs was there for the first time. */
  readonly ready = new Promise<void>((resolve) => {
    this.tellReady = resolve;
  });

  constructor(private readonly log: Log) {}

  begin(readiness: () => Promise<Readiness>): void {
    this.readiness = readiness;
  }

  /** What goes away from now on is not looked at: the process stops. */
  end(): void {
    this.readiness = undefined;
  }

  /** Whether some process runs jobs, as far as this one knows. */
  get areJobsRun(): boolean {
    return !this.away.has('sweep');
  }

  /** What this process lacks to be ready, as last seen. */
  get lacks(): string {
    const failing = Object.values(this.latest?.checks ?? {}).filter(({ ok }) => !ok);
    return [...new Set(failing.map(({ detail }) => detail))].join('; ');
  }

  /** The likely cause of the next outage that is found. */
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

  /** Takes note of what was found, here or for a caller who asked for the health: the log and the answers tell the same. */
  see({ ready, checks }: Readiness): void {
    if (!this.readiness) return;
    this.latest = { ready, checks };
    if (ready && !this.wasReady) {
      this.wasReady = true;
      this.tellReady();
    }
    for (const [name, back] of BACK) {
      const { ok, detail = name } = checks[name] ?? { ok: true };
      // Without the database it is not known who runs the jobs.
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

/** What ioredis says of a command while it is not connected: not why. */
function isFollowUp(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("Stream isn't writeable");
}

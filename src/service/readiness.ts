import type { QueueBackend } from '../adapters/bullmq/backend';
import type { Config } from '../config';
import type { SweepAges, TransactionStore } from '../engine/transactions/store';
import type { Draining } from '../http/connections/draining';
import type { Readiness, ReadinessCheck } from '../http/deps';
import { within } from './timing';

/** The number of missed sweeps after which the service counts as not ready. */
const SWEEPS_LATE = 15;
/** A database that does not answer for this long counts as away. */
const ANSWER_MS = 2_000;

const NO_ROOM: ReadinessCheck = { ok: false, detail: 'the database has no room on its disk' };

/** The detail for a queue that is reachable. After an outage it applies for a moment. */
export const BRINGS_NO_JOBS = 'the job queue brings no jobs';

interface Swept {
  readonly database: ReadinessCheck;
  readonly sweep: ReadinessCheck;
  /** Whether the queue causes sweeps, if some process runs jobs. */
  readonly bringsJobs: boolean;
}

/** Whether this process can work now: the database and the queue answer, and pending transfers are swept. */
export function createReadiness(
  config: Config,
  store: Pick<TransactionStore<unknown, unknown>, 'sweepAges'>,
  journal: { lacksRoom(): boolean },
  backend: Pick<QueueBackend, 'available'>,
  draining: Draining,
  onFault: (error: unknown) => void,
): () => Promise<Readiness> {
  return async () => {
    const { database, sweep, bringsJobs } = await sweepCheck(store, config.SWEEP_EVERY_MS * SWEEPS_LATE, onFault);
    const checks: Record<string, ReadinessCheck> = {
      database: database.ok && journal.lacksRoom() ? NO_ROOM : database,
      queue: queueCheck(backend.available(), bringsJobs),
      sweep,
      accepting: draining.begun ? { ok: false, detail: 'the process is stopping' } : { ok: true },
    };
    return { ready: Object.values(checks).every(({ ok }) => ok), checks };
  };
}

function queueCheck(isThere: boolean, bringsJobs: boolean): ReadinessCheck {
  if (!isThere) return { ok: false, detail: 'the job queue is away' };
  return bringsJobs ? { ok: true } : { ok: false, detail: BRINGS_NO_JOBS };
}

async function sweepCheck(
  store: Pick<TransactionStore<unknown, unknown>, 'sweepAges'>,
  lateAfterMs: number,
  onFault: (error: unknown) => void,
): Promise<Swept> {
  try {
    let ages: SweepAges = { scheduledMs: 0, lookedMs: 0 };
    const asked = store.sweepAges().then((told) => {
      ages = told;
    });
    if (!(await within(ANSWER_MS, asked))) throw new Error(`no answer within ${ANSWER_MS} ms`);
    const { scheduledMs, lookedMs } = ages;
    const ago = `${Math.round(lookedMs)} ms ago`;
    return {
      database: { ok: true },
      sweep:
        lookedMs <= lateAfterMs
          ? { ok: true, detail: `last ${ago}` }
          : { ok: false, detail: `no process runs jobs: the last sweep was ${ago}` },
      bringsJobs: scheduledMs <= lateAfterMs || lookedMs > lateAfterMs,
    };
  } catch (error) {
    // Only the log gets the cause: a caller of the health route may not read what the database says.
    onFault(error);
    const away = { ok: false, detail: 'the database does not answer' };
    return { database: away, sweep: away, bringsJobs: true };
  }
}

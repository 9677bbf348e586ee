import type { QueueBackend } from '../adapters/bullmq/backend';
import type { Config } from '../config';
import type { TransactionStore } from '../engine/transactions/store';
import type { Draining } from '../http/connections/draining';
import type { Readiness, ReadinessCheck } from '../http/deps';
import { within } from './timing';

/** Sweeps that may be missing before the service counts as not ready. */
const SWEEPS_LATE = 15;
/** A database that does not answer for so long is away. */
const ANSWER_MS = 2_000;

const NO_ROOM: ReadinessCheck = { ok: false, detail: 'the database has no room on its disk' };

interface Swept {
  readonly database: ReadinessCheck;
  readonly sweep: ReadinessCheck;
}

/** Whether this process can do its work now: the database and the queue answer, and pending transfers are swept. */
export function createReadiness(
  config: Config,
  store: Pick<TransactionStore<unknown, unknown>, 'sweepAgeMs'>,
  journal: { lacksRoom(): boolean },
  backend: Pick<QueueBackend, 'available'>,
  draining: Draining,
  runsJobs: () => boolean,
  onFault: (error: unknown) => void,
): () => Promise<Readiness> {
  return async () => {
    const { database, sweep } = await sweepCheck(store, config.SWEEP_EVERY_MS * SWEEPS_LATE, runsJobs, onFault);
    const checks: Record<string, ReadinessCheck> = {
      database: database.ok && journal.lacksRoom() ? NO_ROOM : database,
      queue: backend.available() ? { ok: true } : { ok: false, detail: 'the job queue is away' },
      sweep,
      accepting: draining.begun ? { ok: false, detail: 'the process is stopping' } : { ok: true },
    };
    return { ready: Object.values(checks).every(({ ok }) => ok), checks };
  };
}

async function sweepCheck(
  store: Pick<TransactionStore<unknown, unknown>, 'sweepAgeMs'>,
  lateAfterMs: number,
  runsJobs: () => boolean,
  onFault: (error: unknown) => void,
): Promise<Swept> {
  try {
    let ageMs = 0;
    const asked = store.sweepAgeMs().then((age) => {
      ageMs = age;
    });
    if (!(await within(ANSWER_MS, asked))) throw new Error(`no answer within ${ANSWER_MS} ms`);
    return { database: { ok: true }, sweep: sweepOf(ageMs, lateAfterMs, runsJobs()) };
  } catch (error) {
    // Why is for the log: what the database says is not for everybody who asks for the health.
    onFault(error);
    const away = { ok: false, detail: 'the database does not answer' };
    return { database: away, sweep: away };
  }
}

function sweepOf(ageMs: number, lateAfterMs: number, runsJobs: boolean): ReadinessCheck {
  const ago = `${Math.round(ageMs)} ms ago`;
  if (ageMs <= lateAfterMs) return { ok: true, detail: `last ${ago}` };
  const why = runsJobs ? 'the queue brings no jobs' : 'no process runs jobs';
  return { ok: false, detail: `${why}: the last sweep was ${ago}` };
}

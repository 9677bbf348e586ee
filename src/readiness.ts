import type { QueueBackend } from './adapters/bullmq/backend';
import type { Config } from './config';
import type { TransactionStore } from './engine/ports';
import type { Readiness, ReadinessCheck } from './http/deps';
import type { Draining } from './http/draining';

/** Sweeps that may be missing before the service counts as not ready. */
const SWEEPS_LATE = 15;

/** Whether this process can do its work now: the database and the queue answer, and pending transfers are swept. */
export function createReadiness(
  config: Config,
  store: Pick<TransactionStore<unknown, unknown>, 'sweepAgeMs'>,
  backend: Pick<QueueBackend, 'available'>,
  draining: Draining,
): () => Promise<Readiness> {
  return async () => {
    const sweep = await sweepCheck(store, config.SWEEP_EVERY_MS * SWEEPS_LATE);
    const checks: Record<string, ReadinessCheck> = {
      database: sweep.database,
      queue: backend.available() ? { ok: true } : { ok: false, detail: 'no connection' },
      sweep: sweep.sweep,
      accepting: draining.begun ? { ok: false, detail: 'the process is stopping' } : { ok: true },
    };
    return { ready: Object.values(checks).every(({ ok }) => ok), checks };
  };
}

async function sweepCheck(
  store: Pick<TransactionStore<unknown, unknown>, 'sweepAgeMs'>,
  lateAfterMs: number,
): Promise<{ database: ReadinessCheck; sweep: ReadinessCheck }> {
  try {
    const ageMs = await store.sweepAgeMs();
    const detail = `last ${Math.round(ageMs)} ms ago`;
    return { database: { ok: true }, sweep: { ok: ageMs <= lateAfterMs, detail } };
  } catch {
    // Why it is away stands in the log of the pool; here it is enough that it is.
    const away = { ok: false, detail: 'the database is away' };
    return { database: away, sweep: away };
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../engine/log';

/** Runs `work` repeatedly, `ms` after its last end. Returns a function that stops the runs and resolves after the last run. */
export function every(ms: number, work: () => Promise<void> | void, log: Log, onError: string): () => Promise<void> {
  const stopping = new AbortController();
  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        await sleep(ms, undefined, { signal: stopping.signal });
        await work();
      } catch (error) {
        if (!stopping.signal.aborted) log.warn({ err: error }, onError);
      }
    }
  };
  const running = loop();
  return async () => {
    stopping.abort();
    await running;
  };
}

/** Resolves to whether `work` ended within `ms`, and waits no longer. Rejects if `work` rejected within that time. */
export async function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  const given = new AbortController();
  const late = sleep(ms, false, { signal: given.signal }).catch(() => false);
  const done = work.then(() => true);
  try {
    return await Promise.race([done, late]);
  } finally {
    given.abort();
    // The caller has its answer, so a later failure changes nothing.
    done.catch(() => undefined);
  }
}

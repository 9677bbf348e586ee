import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../engine/log';

/** Runs `work` again and again, `ms` after it last ended, until the returned function is called and the last run ended. */
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

/** Whether `work` ended within `ms`; it is not waited for any longer. Rejects when it rejected in time. */
export async function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  const given = new AbortController();
  const late = sleep(ms, false, { signal: given.signal }).catch(() => false);
  const done = work.then(() => true);
  try {
    return await Promise.race([done, late]);
  } finally {
    given.abort();
    // The caller has its answer: a failure that comes later changes nothing.
    done.catch(() => undefined);
  }
}

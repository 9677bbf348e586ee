import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { get, restMs, returns } from './api.mjs';
import { useStore } from './store.mjs';

/**
 * Calls `look` repeatedly while the page is open: at once, after each rest (`restMs`), and when the service comes back.
 * A rest that ends while the page is hidden lasts until the page is shown again.
 * @param {() => Promise<number | undefined>} look resolves to the shortest rest in ms, or to undefined to stop. Never
 * rejects.
 */
export function useLooks(look) {
  const came = useStore(returns);
  useEffect(() => {
    let open = true;
    let isDue = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    const round = async () => {
      timer = undefined;
      const startedAt = performance.now();
      const atLeastMs = await look();
      if (!open || atLeastMs === undefined) return;
      timer = setTimeout(rested, restMs(atLeastMs, performance.now() - startedAt));
    };
    const rested = () => {
      isDue = document.hidden;
      if (!isDue) void round();
    };
    const seen = () => {
      if (isDue && !document.hidden) rested();
    };
    void round();
    document.addEventListener('visibilitychange', seen);
    return () => {
      open = false;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', seen);
    };
  }, [look, came]);
}

/**
 * The data at an address. Reads it again periodically and when the service comes back; never while the page is hidden.
 * Keeps the old data until newer data arrives, even while the service is away.
 * @param {string | undefined} path undefined: reads nothing
 * @param {number} [everyMs] undefined: reads once
 * @returns {{ data: any, error: Error | undefined, reload: () => Promise<void> }}
 */
export function useData(path, everyMs) {
  const [seen, see] = useState(/** @type {{ path?: string, data?: any, error?: Error }} */ ({}));
  const newest = useRef(0);
  const reload = useCallback(async () => {
    if (path === undefined) return;
    newest.current += 1;
    const turn = newest.current;
    try {
      const data = await get(path);
      if (turn === newest.current) see({ path, data });
    } catch (error) {
      if (turn === newest.current)
        see((before) => ({ ...(before.path === path ? before : { path }), error: asError(error) }));
    }
  }, [path]);
  useLooks(
    useCallback(async () => {
      await reload();
      return everyMs;
    }, [reload, everyMs]),
  );
  const isOurs = seen.path === path;
  return { data: isOurs ? seen.data : undefined, error: isOurs ? seen.error : undefined, reload };
}

/** @param {unknown} error */
export function asError(error) {
  return error instanceof Error ? error : new Error(String(error));
}

/**
 * The current time; re-renders the component as time passes.
 * @param {number} [everyMs]
 */
export function useNow(everyMs = 1_000) {
  const [now, tick] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => tick(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

/**
 * Sets the window's title while the page is open.
 * @param {string} title
 */
export function useTitle(title) {
  useEffect(() => {
    document.title = `${title} · Tandem`;
  }, [title]);
}

import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { get, returns } from './api.mjs';
import { useStore } from './store.mjs';

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
  const came = useStore(returns);
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
  useEffect(() => {
    void reload();
    if (everyMs === undefined) return undefined;
    const timer = setInterval(() => {
      if (!document.hidden) void reload();
    }, everyMs);
    return () => clearInterval(timer);
  }, [reload, everyMs, came]);
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

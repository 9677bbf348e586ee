import { useEffect } from 'preact/hooks';
import { call } from './api.mjs';

/** How long the service may wait with its answer, and how long this page waits before it asks again. */
const WAIT_MS = 20_000;
const PAUSE_MS = 500;
const AWAY_MS = 2_000;
/** An answer that takes this much longer than it may is not awaited. */
const GRACE_MS = 10_000;

/**
 * Follows what changes an account, and the transfers from and to it, and says when something did. It asks twice a second at most,
 * however much happens, and passes over what it cannot keep up with: its caller reads the whole anyway. A hidden page
 * follows nothing, for a browser has few connections to one address.
 * @param {string | undefined} account none: nothing is followed
 * @param {() => unknown} changed
 */
export function useFeed(account, changed) {
  useEffect(() => {
    if (account === undefined) return undefined;
    let following = new AbortController();
    void follow(account, changed, following.signal);
    const looked = () => {
      following.abort();
      following = new AbortController();
      if (document.hidden) return;
      changed();
      void follow(account, changed, following.signal);
    };
    document.addEventListener('visibilitychange', looked);
    return () => {
      document.removeEventListener('visibilitychange', looked);
      following.abort();
    };
  }, [account, changed]);
}

/**
 * @param {string} account
 * @param {() => unknown} changed
 * @param {AbortSignal} signal
 */
async function follow(account, changed, signal) {
  let cursor = 'latest';
  while (!signal.aborted) {
    let pauseMs = PAUSE_MS;
    try {
      const query = new URLSearchParams({ account, after: cursor, limit: '200', waitMs: String(WAIT_MS) });
      const { items, nextCursor, hasMore } = await call(`/events?${query}`, {
        patienceMs: WAIT_MS + GRACE_MS,
        signal,
        quiet: true,
      });
      cursor = hasMore ? 'latest' : nextCursor;
      if (items.length > 0 && !signal.aborted) changed();
    } catch {
      // What else the page asks says whether the service is away. Too many may follow it, or the place is not kept any more.
      cursor = 'latest';
      pauseMs = AWAY_MS;
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

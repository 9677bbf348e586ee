import { useEffect } from 'preact/hooks';
import { call } from './api.mjs';

/** How long the service may wait with its answer, and how long the page pauses between requests. */
const WAIT_MS = 20_000;
const PAUSE_MS = 500;
const AWAY_MS = 2_000;
/** The page gives up on an answer that is this late. */
const GRACE_MS = 10_000;

/**
 * Follows the events of an account and of its transfers, and calls `changed` for them. Asks at most twice a second,
 * however much happens, and skips events that it cannot keep up with: the caller reads the whole state anyway. A hidden
 * page follows nothing, because a browser has few connections to one address.
 * @param {string | undefined} account undefined: follows nothing
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
      // The page's other requests detect that the service is away. Here, too many clients may follow the feed, or the
      // cursor may have expired.
      cursor = 'latest';
      pauseMs = AWAY_MS;
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

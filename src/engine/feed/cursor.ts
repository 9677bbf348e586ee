/**
 * A place in the feed: after the first `count` events of the row at `position`, which was written at `atMs`. It names a row
 * that was read, and the row must still be there as it was when a reader goes on from it: a feed that has lost the row, or
 * has another one in its place, has lost what followed it as well.
 */
export interface FeedCursor {
  /** The id of the transaction of PostgreSQL that wrote the row. */
  readonly position: bigint;
  readonly count: number;
  /** Milliseconds since 1970. */
  readonly atMs: number;
}

/** Before whatever is kept. No transaction has the id 0. */
export const BEGINNING: FeedCursor = { position: 0n, count: 0, atMs: 0 };

/** Below 0 when `a` comes first. */
export function compareCursors(a: FeedCursor, b: FeedCursor): number {
  if (a.position !== b.position) return a.position < b.position ? -1 : 1;
  return a.count - b.count;
}

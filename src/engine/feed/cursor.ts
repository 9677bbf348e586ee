/**
 * A place in the feed: after the first `count` events of the row at `position`, which was written at `atMs`. The cursor
 * names a row that a reader has read. When the reader goes on, that row must still be there, unchanged. A feed that
 * lost or replaced the row has also lost the rows that followed it.
 */
export interface FeedCursor {
  /** The PostgreSQL transaction id (xid) of the statement that wrote the row. */
  readonly position: bigint;
  readonly count: number;
  /** Milliseconds since 1970. */
  readonly atMs: number;
}

/** Before the oldest row. No transaction has the id 0. */
export const BEGINNING: FeedCursor = { position: 0n, count: 0, atMs: 0 };

/** Negative when `a` comes first. */
export function compareCursors(a: FeedCursor, b: FeedCursor): number {
  if (a.position !== b.position) return a.position < b.position ? -1 : 1;
  return a.count - b.count;
}

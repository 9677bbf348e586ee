import { compareCursors, type FeedCursor } from './cursor';
import type { FeedEvent, FeedSlice } from './store';

/** The newest part of the feed in memory, from a first place up to the last one that was read. */
export class Tail<Q, R> {
  private readonly events: FeedEvent<Q, R>[] = [];
  private end: FeedCursor;

  constructor(
    private start: FeedCursor,
    private readonly eventsMax: number,
  ) {
    this.end = start;
  }

  get head(): FeedCursor {
    return this.end;
  }

  append({ events, next }: FeedSlice<Q, R>): void {
    this.events.push(...events);
    this.end = next;
    const surplus = this.events.length - this.eventsMax;
    const last = this.events[surplus - 1];
    if (!last) return;
    this.start = last.cursor;
    this.events.splice(0, surplus);
  }

  /** What comes after `cursor`; undefined when memory does not hold that place. */
  after(cursor: FeedCursor, limit: number): FeedSlice<Q, R> | undefined {
    if (compareCursors(cursor, this.start) < 0 || compareCursors(cursor, this.end) > 0) return undefined;
    const from = this.firstAfter(cursor);
    const events = this.events.slice(from, from + limit);
    const last = events.at(-1);
    const hasMore = from + limit < this.events.length;
    return { events, next: hasMore && last ? last.cursor : this.end, hasMore };
  }

  private firstAfter(cursor: FeedCursor): number {
    let low = 0;
    let high = this.events.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const event = this.events[middle];
      if (event && compareCursors(event.cursor, cursor) <= 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

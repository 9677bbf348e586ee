import { compareCursors } from '../feed/cursor';
import type { FeedEvent, FeedSlice } from '../feed/store';
import type { Course, Step } from './store';

/** The bytes that a webhook receives for an event, as text. */
export type WriteBody<Q, R> = (event: FeedEvent<Q, R>) => string;

/** The deliveries for the part of the feed that follows a course, and the next place of the course. */
export function stepOf<Q, R>({ types, until }: Course, slice: FeedSlice<Q, R>, bodyOf: WriteBody<Q, R>): Step {
  const isWithin = ({ cursor }: FeedEvent<Q, R>): boolean => !until || compareCursors(cursor, until) <= 0;
  const told = slice.events.filter((event) => types.has(event.type) && isWithin(event));
  const isOver = until !== undefined && compareCursors(slice.next, until) >= 0;
  return {
    deliveries: told.map((event) => ({ cursor: event.cursor, type: event.type, body: bodyOf(event) })),
    next: isOver ? undefined : slice.next,
  };
}

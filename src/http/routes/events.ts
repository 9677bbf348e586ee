import { BEGINNING, type FeedCursor } from '../../engine/feed/cursor';
import { Wait } from '../../engine/feed/wait';
import { answer, refused, stream } from '../answers/answer';
import { eventStream } from '../answers/eventStream';
import { isAbout, seenBy, type TransferFeedEvent, viewEvent } from '../answers/eventView';
import type { HttpDeps } from '../deps';
import { EVENT_STREAM, EVENTS } from '../examples/events';
import { keyScope, OPEN_OWNER } from '../requests/caller';
import { type Route, route } from '../requests/route';
import { cursorText, eventsQuery, eventsSchema, PLACE_WORDS, readCursor } from '../schemas/events';

const EVENT_STREAM_TYPE = 'text/event-stream';
const TOO_MANY = 'This caller reads events in as many requests at once as one caller may: end one of them first.';

export function eventRoutes({ feed }: HttpDeps): Route[] {
  const events = route({
    method: 'get',
    path: '/events',
    name: 'listEvents',
    summary: 'Follow every change of transfers and accounts',
    description:
      'One page, oldest first: each change once it is final for the database, at least once and without gaps for a reader that goes on from `nextCursor`. `waitMs` waits for one. With `Accept: text/event-stream` the events come as they happen, and `Last-Event-ID` goes on after a break. An owner sees the transfers that its account pays for, and its account.',
    example: { query: { types: 'transfer.committed', limit: 10 } },
    tag: 'events',
    access: { kind: 'transfers' },
    query: eventsQuery,
    headers: ['Last-Event-ID'],
    responses: {
      200: {
        description: 'One page, or a stream.',
        schema: eventsSchema,
        example: EVENTS,
        stream: EVENT_STREAM,
        headers: ['Vary'],
      },
    },
    refusals: ['cursor-expired'],
    async handler({ query: { after = BEGINNING, types, account, limit, waitMs }, headers, accepts, gone, context }) {
      const { caller } = context;
      const isStream = accepts('application/json', EVENT_STREAM_TYPE) === EVENT_STREAM_TYPE;
      const lastId = headers['last-event-id'];
      const cursor = typeof lastId === 'string' && lastId !== '' ? readCursor(lastId) : await placeOf(after);
      if (!cursor) {
        const wrong = { in: 'header', path: 'Last-Event-ID', message: PLACE_WORDS } as const;
        return refused({ kind: 'invalid-request', errors: [wrong] });
      }
      const seen = (event: TransferFeedEvent): TransferFeedEvent | undefined => {
        if (types && !types.has(event.type)) return undefined;
        const own = seenBy(caller, event);
        return own && (!account || isAbout(account, own)) ? own : undefined;
      };
      // A service that serves every caller has no names to distinguish callers by.
      const leave = feed.enter(caller.owner === OPEN_OWNER ? undefined : keyScope(caller));
      if (leave === 'full') return refused({ kind: 'overloaded' });
      if (leave === 'full-for-caller') return refused({ kind: 'rate-limited', retryAfterSeconds: 1, words: TOO_MANY });
      const hasGone = gone();
      if (hasGone.aborted) leave();
      else hasGone.addEventListener('abort', leave);
      if (isStream) {
        const first = await feed.read(cursor);
        if (!first) return expired();
        const pieces = eventStream(feed, first, { seen, gone: hasGone });
        return stream(EVENT_STREAM_TYPE, pieces, { Vary: 'Accept', 'X-Accel-Buffering': 'no' });
      }
      const wait = new Wait(waitMs, hasGone);
      const page = await feed.page(cursor, seen, limit, wait).finally(wait.end);
      if (!page) return expired();
      const items = page.events.map(viewEvent);
      return answer(200, { items, nextCursor: cursorText(page.next), hasMore: page.hasMore }, { Vary: 'Accept' });
    },
  });

  async function placeOf(after: FeedCursor | 'latest'): Promise<FeedCursor> {
    return after === 'latest' ? feed.store.latest() : after;
  }

  async function expired() {
    return refused({ kind: 'cursor-expired', oldest: cursorText(await feed.store.oldest()) });
  }

  return [events];
}

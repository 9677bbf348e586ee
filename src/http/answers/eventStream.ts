import type { TransferQuery, TransferRefusal } from '../../domain/transfer';
import type { FeedCursor } from '../../engine/feed/cursor';
import type { Feed, Seen } from '../../engine/feed/feed';
import type { FeedSlice } from '../../engine/feed/store';
import { Wait } from '../../engine/feed/wait';
import { cursorText } from '../schemas/events';
import { type TransferFeedEvent, viewEvent } from './eventView';

type TransferFeed = Feed<TransferQuery, TransferRefusal>;

export interface StreamOptions {
  /** The part of an event that the reader may see, if any. */
  readonly seen: Seen<TransferQuery, TransferRefusal>;
  /** The client is gone. */
  readonly gone: AbortSignal;
}

/** Time between two heartbeats when there is no event. They show proxies and clients that the stream is alive. */
export const HEARTBEAT_MS = 15_000;
/** The service drops a client that takes longer than this to read what was sent. */
const SLOW_MS = 10_000;
/** Milliseconds that a browser waits before it connects again. */
const RETRY_MS = 1_000;

/** Why a stream ends, as its last event says. */
export type StreamEnd = 'stopping' | 'too-slow' | 'cursor-expired' | 'unavailable';

/**
 * The feed from a cursor on, as Server-Sent Events (WHATWG HTML, 9.2). Every event has its cursor as `id`. So does
 * every heartbeat: a client whose filter passes few events resumes at the stream's position. If the service ends a
 * stream, a last event `end` gives the reason.
 */
export async function* eventStream(
  feed: TransferFeed,
  first: FeedSlice<TransferQuery, TransferRefusal>,
  options: StreamOptions,
): AsyncGenerator<string, void> {
  const { seen, gone } = options;
  const messagesOf = ({ events }: FeedSlice<TransferQuery, TransferRefusal>): readonly string[] =>
    events.flatMap((event) => seen(event) ?? []).map(messageOf);
  let at = first.next;
  let text = [`retry: ${RETRY_MS}\n\n`, ...messagesOf(first), idOf(at)].join('');
  for (;;) {
    const givenMs = performance.now();
    yield text;
    // The generator resumes here once the client has read the event.
    const readMs = performance.now();
    if (readMs - givenMs > SLOW_MS) return yield endOf('too-slow', at);
    const heartbeatMs = readMs + HEARTBEAT_MS;
    let messages: readonly string[] = [];
    // A change that the reader may not see sends nothing by itself. The next heartbeat, event or end has the stream's place,
    // which tells when something last changed, not what.
    do {
      if (feed.hasEnded) return yield endOf('stopping', at);
      if (gone.aborted) return;
      const slice = await nextSlice(feed, at, heartbeatMs - performance.now(), gone);
      if (typeof slice === 'string') return yield endOf(slice, at);
      at = slice.next;
      messages = messagesOf(slice);
    } while (messages.length === 0 && performance.now() < heartbeatMs);
    text = [...(messages.length > 0 ? messages : [': heartbeat\n']), idOf(at)].join('');
  }
}

async function nextSlice(
  feed: TransferFeed,
  at: FeedCursor,
  waitMs: number,
  gone: AbortSignal,
): Promise<FeedSlice<TransferQuery, TransferRefusal> | StreamEnd> {
  const wait = new Wait(waitMs, gone);
  try {
    return (await feed.after(at, wait)) ?? 'cursor-expired';
  } catch {
    return 'unavailable';
  } finally {
    wait.end();
  }
}

function messageOf(told: TransferFeedEvent): string {
  const event = viewEvent(told);
  return `id: ${event.cursor}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

/** Without data this is no event: it only sets the client's `Last-Event-ID`. */
function idOf(cursor: FeedCursor): string {
  return `id: ${cursorText(cursor)}\n\n`;
}

function endOf(reason: StreamEnd, cursor: FeedCursor): string {
  return `id: ${cursorText(cursor)}\nevent: end\ndata: ${JSON.stringify({ reason })}\n\n`;
}

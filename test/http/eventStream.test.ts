import { BEGINNING } from '../../src/engine/feed/cursor';
import { Feed } from '../../src/engine/feed/feed';
import { eventStream } from '../../src/http/answers/eventStream';
import { MemoryLog } from '../support/memoryLog';

const SLICE = { events: [], next: { position: 812n, count: 1, atMs: 7 }, hasMore: false };

describe('a stream of events', () => {
  const stream = (read: () => Promise<typeof SLICE | undefined>) => {
    const store = { read, oldest: () => Promise.resolve(BEGINNING), latest: () => Promise.resolve(SLICE.next) };
    const feed = new Feed<never, never>(store, new MemoryLog());
    return eventStream(feed, SLICE, { seen: (event) => event, gone: new AbortController().signal });
  };

  afterEach(() => {
    jest.useRealTimers();
  });

  it('ends with a word for a client that takes too long, with the place to go on from', async () => {
    jest.useFakeTimers();
    const pieces = stream(() => Promise.resolve(SLICE));
    expect((await pieces.next()).value).toBe('retry: 1000\n\nid: 812-1-7\n\n');
    jest.advanceTimersByTime(10_001);
    expect((await pieces.next()).value).toBe('id: 812-1-7\nevent: end\ndata: {"reason":"too-slow"}\n\n');
    expect((await pieces.next()).done).toBe(true);
  });

  it.each([
    ['unavailable', () => Promise.reject(new Error('away'))],
    ['cursor-expired', () => Promise.resolve(undefined)],
  ])('ends with a word when the feed is %s', async (reason, read) => {
    const pieces = stream(read);
    await pieces.next();
    expect((await pieces.next()).value).toContain(`event: end\ndata: {"reason":"${reason}"}`);
    expect((await pieces.next()).done).toBe(true);
  });
});

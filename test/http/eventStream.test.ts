import type { TransferQuery, TransferRefusal } from '../../src/domain/transfer';
import { BEGINNING } from '../../src/engine/feed/cursor';
import { Feed, type Seen } from '../../src/engine/feed/feed';
import { eventStream, HEARTBEAT_MS } from '../../src/http/answers/eventStream';
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

  it('sends nothing for a change that the reader may not see', async () => {
    const opened = (account: string, n: bigint) => {
      const cursor = { position: 812n + n, count: 1, atMs: 7 };
      const event = { type: 'account.opened' as const, account, cursor, at: '2026-11-29T12:00:00.000Z', version: 1 };
      return { events: [event], next: cursor, hasMore: false };
    };
    const slices = [opened('strange', 1n), opened('own', 2n)];
    const read = () => Promise.resolve(slices.shift());
    const store = { read, oldest: () => Promise.resolve(BEGINNING), latest: () => Promise.resolve(SLICE.next) };
    const seen: Seen<TransferQuery, TransferRefusal> = (event) =>
      'account' in event && event.account === 'own' ? event : undefined;
    const pieces = eventStream(new Feed<never, never>(store, new MemoryLog()), SLICE, {
      seen,
      gone: new AbortController().signal,
    });
    await pieces.next();
    const { value } = await pieces.next();
    expect(value).toContain('"account":"own"');
    expect(value).not.toContain('813');
  });

  it('still sends a heartbeat, with the place of the stream, when all changes are hidden', async () => {
    jest.useFakeTimers();
    const hidden = { position: 813n, count: 1, atMs: 7 };
    const at = '2026-11-29T12:00:00.000Z';
    const event = { type: 'account.opened' as const, account: 'strange', cursor: hidden, at, version: 1 };
    const first = [{ events: [event], next: hidden, hasMore: false }];
    const rest = { events: [], next: hidden, hasMore: false };
    const store = {
      read: () => Promise.resolve(first.shift() ?? rest),
      oldest: () => Promise.resolve(BEGINNING),
      latest: () => Promise.resolve(hidden),
    };
    const feed = new Feed<never, never>(store, new MemoryLog());
    const pieces = eventStream(feed, SLICE, { seen: () => undefined, gone: new AbortController().signal });
    await pieces.next();
    const next = pieces.next();
    await jest.advanceTimersByTimeAsync(HEARTBEAT_MS);
    expect((await next).value).toBe(': heartbeat\nid: 813-1-7\n\n');
    feed.end();
  });
});

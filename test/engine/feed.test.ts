import { BEGINNING, type FeedCursor } from '../../src/engine/feed/cursor';
import { DEFAULT_FEED, Feed } from '../../src/engine/feed/feed';
import type { AccountChanged, FeedSlice } from '../../src/engine/feed/store';
import { Wait } from '../../src/engine/feed/wait';
import { MemoryLog } from '../support/memoryLog';

/** An in-memory feed that counts its reads, and can be away or lose its events. */
class MemoryFeed {
  events: AccountChanged[] = [];
  reads = 0;
  away = false;

  write(account: string): void {
    const cursor = { position: BigInt(this.events.length + 1), count: 1, atMs: 7 };
    const at = '2026-11-21T22:00:00.000Z';
    this.events.push({ cursor, at, version: this.events.length + 1, type: 'account.opened', account });
  }

  read = (cursor: FeedCursor, limit: number): Promise<FeedSlice<never, never> | undefined> => {
    this.reads += 1;
    if (this.away) return Promise.reject(new Error('away'));
    if (cursor.position > BigInt(this.events.length)) return Promise.resolve(undefined);
    const events = this.events.slice(Number(cursor.position), Number(cursor.position) + limit);
    const hasMore = Number(cursor.position) + limit < this.events.length;
    return Promise.resolve({ events, next: events.at(-1)?.cursor ?? cursor, hasMore });
  };

  oldest = (): Promise<FeedCursor> => Promise.resolve(BEGINNING);
  latest = (): Promise<FeedCursor> => Promise.resolve(this.events.at(-1)?.cursor ?? BEGINNING);
}

describe('the feed for all readers of a process', () => {
  let store: MemoryFeed;
  let feed: Feed<never, never>;

  beforeEach(() => {
    store = new MemoryFeed();
    feed = new Feed(store, new MemoryLog(), {
      ...DEFAULT_FEED,
      pollMs: 40,
      pauseMs: 5,
      readersMax: 3,
      readersOfOneMax: 2,
    });
  });

  afterEach(() => feed.stop());

  const following = async (cursor: FeedCursor, waitMs = 5_000) => {
    const wait = new Wait(waitMs, new AbortController().signal);
    const slice = await feed.after(cursor, wait);
    wait.end();
    return slice;
  };
  const accounts = (slice: FeedSlice<never, never> | undefined) =>
    slice?.events.map((event) => ('account' in event ? event.account : ''));

  it('reads for many that wait as often as for one', async () => {
    store.write('first');
    const start = await store.latest();
    const readers = Array.from({ length: 100 }, () => following(start));
    await following(start, 200);
    const idle = store.reads;
    // Each follower read once at its own cursor; since then one loop has read for all of them.
    expect(idle).toBeLessThan(100 + 20);
    store.write('second');
    feed.wrote();
    const told = await Promise.all(readers);
    expect(told.map(accounts)).toEqual(told.map(() => ['second']));
    expect(store.reads - idle).toBeLessThan(5);
  });

  it('tells at once what this process wrote', async () => {
    feed = new Feed(store, new MemoryLog(), { ...DEFAULT_FEED, pollMs: 60_000, pauseMs: 5 });
    const waiting = following(BEGINNING, 10_000);
    await new Promise((done) => setTimeout(done, 50));
    store.write('news');
    feed.wrote();
    expect(accounts(await waiting)).toEqual(['news']);
  });

  it('goes on when the database is back', async () => {
    const waiting = following(BEGINNING, 10_000);
    await new Promise((done) => setTimeout(done, 50));
    store.away = true;
    await new Promise((done) => setTimeout(done, 80));
    store.write('news');
    store.away = false;
    expect(accounts(await waiting)).toEqual(['news']);
  });

  it('tells a reader that waits that its place is gone', async () => {
    for (const account of ['a', 'b', 'c']) store.write(account);
    const waiting = following(await store.latest(), 10_000);
    await new Promise((done) => setTimeout(done, 60));
    store.events = store.events.slice(0, 1);
    expect(await waiting).toBeUndefined();
  });

  it('lets no reader wait who has gone, or when the process stops', async () => {
    const gone = new AbortController();
    const left = feed.after(BEGINNING, new Wait(60_000, gone.signal));
    const stays = following(BEGINNING, 60_000);
    gone.abort();
    expect(accounts(await left)).toEqual([]);
    feed.end();
    expect(accounts(await stays)).toEqual([]);
  });

  it('has as many places as it was told, and takes each back once', () => {
    const leave = feed.enter();
    feed.enter();
    feed.enter();
    expect(feed.enter()).toBe('full');
    if (typeof leave === 'string') throw new Error(leave);
    leave();
    leave();
    expect([typeof feed.enter(), feed.enter()]).toEqual(['function', 'full']);
    expect(feed.subscribers).toBe(3);
  });

  it('lets one caller take no more of them than one may have, and others the rest', () => {
    const leave = feed.enter('ann');
    feed.enter('ann');
    expect([feed.enter('ann'), typeof feed.enter('ben'), feed.enter('ben')]).toEqual([
      'full-for-caller',
      'function',
      'full',
    ]);
    if (typeof leave === 'string') throw new Error(leave);
    leave();
    expect([typeof feed.enter('ann'), feed.enter('ann')]).toEqual(['function', 'full-for-caller']);
  });

  it('keeps its tail bounded, and reads again for a reader that fell behind it', async () => {
    feed = new Feed(store, new MemoryLog(), { ...DEFAULT_FEED, pollMs: 10, pauseMs: 1, tailMax: 5, readMax: 4 });
    const awake = following(BEGINNING, 10_000);
    await new Promise((done) => setTimeout(done, 30));
    for (let n = 0; n < 40; n += 1) store.write(`a${n}`);
    feed.wrote();
    const seen = [...(accounts(await awake) ?? [])];
    for (let at = (await store.read(BEGINNING, seen.length))?.next ?? BEGINNING; seen.length < 40; ) {
      const slice = await following(at);
      seen.push(...(accounts(slice) ?? []));
      at = slice?.next ?? at;
    }
    expect(seen).toEqual(Array.from({ length: 40 }, (_, n) => `a${n}`));
  });
});
